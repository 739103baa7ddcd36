import { findDockerfile, readIgnore } from '../../build/request/read-context.ts';
import type { ReceivedContext } from '../../build/types.ts';
import type { BuildKitContext } from '../context.ts';
import { ClientFiles, type FileSelection } from '../session/offer-files.ts';
import type { Session } from '../session/session.ts';
import type { TaskTeller } from '../status/tell-task.ts';

/** A Dockerfile with its ignore file, read from the directory that the client gave for it. */
export interface ClientDockerfile {
  readonly name: string;
  readonly text: string;
  /** Undefined when none lies beside it under its own name. */
  readonly ignore: readonly string[] | undefined;
}

/** Fetches files of a client's directory; of what was fetched before only changes are sent. */
export async function receiveDirectory(
  { builder }: Pick<BuildKitContext, 'builder'>,
  session: Session,
  selection: FileSelection,
  lineage: string,
  signal: AbortSignal,
  onTransfer?: (bytes: number, done: boolean) => void,
): Promise<ReceivedContext> {
  await using files = new ClientFiles(session, selection, signal, (bytes) => onTransfer?.(bytes, false));
  const received = await builder.receiveFiles(
    files,
    `${session.sharedKey}\n${selection.directory}\n${lineage}`,
  );
  await files.finish();
  onTransfer?.(files.received, true);
  return received;
}

/** Tells how much of something came. */
export const transferOf =
  (what: string, task: TaskTeller) =>
  (current: number, done: boolean): void =>
    task.progress(`transferring ${what}:`, { current, done });

/** Fetches the Dockerfile `name`, its ignore file, and nothing else. */
export async function receiveDockerfile(
  context: Pick<BuildKitContext, 'builder'>,
  session: Session,
  { directory, name }: { readonly directory: string; readonly name: string },
  signal: AbortSignal,
  task: TaskTeller,
): Promise<ClientDockerfile> {
  const include = [name, `${name}.dockerignore`, ...(name === 'Dockerfile' ? ['dockerfile'] : [])];
  using received = await receiveDirectory(
    context,
    session,
    { directory, include, follow: include },
    name,
    signal,
    transferOf('dockerfile', task),
  );
  const { file, text } = findDockerfile(received.directory, name);
  const own = readIgnore(received.directory, [`${file}.dockerignore`]);
  return { name: file, text, ignore: own };
}

/** The patterns of `.dockerignore` in a client's directory; none when there is no such file. */
export async function receiveIgnoreFile(
  context: Pick<BuildKitContext, 'builder'>,
  session: Session,
  directory: string,
  signal: AbortSignal,
  task: TaskTeller,
): Promise<readonly string[]> {
  const selection = { directory, include: ['.dockerignore'], follow: ['.dockerignore'] };
  using received = await receiveDirectory(
    context,
    session,
    selection,
    'ignore',
    signal,
    transferOf('context', task),
  );
  return readIgnore(received.directory, ['.dockerignore']) ?? [];
}

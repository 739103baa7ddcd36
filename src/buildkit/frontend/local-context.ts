import { lookForDockerfile, readIgnore } from '../../build/request/read-context.ts';
import { refused } from '../../lib/errors.ts';
import type { OpenFiles } from '../../build/plan/named-contexts.ts';
import type { Peer } from '../peer.ts';
import type { FrontendRun } from './frontend-run.ts';
import type { TaskTeller } from '../status/tell-task.ts';

/** A Dockerfile with its ignore file, read from the directory that the client gave for it. */
export interface ClientDockerfile {
  readonly name: string;
  readonly text: string;
  /** Undefined when none lies beside it under its own name. */
  readonly ignore: readonly string[] | undefined;
}

/** Tells how much of something came. */
export const transferOf =
  (what: string, task: TaskTeller) =>
  (current: number, done: boolean): void =>
    task.progress(`transferring ${what}:`, { current, done });

/**
 * Brings files of a client's directory when it is known which are needed. Builds for several platforms mostly need the same: that comes
 * once.
 */
export function openLocalFiles(
  { peer, teller }: Pick<FrontendRun, 'peer' | 'teller'>,
  {
    directory,
    exclude,
    lineage,
    title,
    label,
  }: Readonly<{
    directory: string;
    exclude: readonly string[];
    lineage: string;
    title: string;
    label: string;
  }>,
  held: DisposableStack,
): OpenFiles {
  const receive = async (
    paths: readonly string[] | undefined,
    signal: AbortSignal,
    task: TaskTeller,
  ): Promise<string> => {
    const selection = { directory, exclude, ...(paths && { follow: paths }) };
    const receiving = { lineage, signal, onTransfer: transferOf(label, task) };
    return held.use(await peer.receiveDirectory(selection, receiving)).directory;
  };
  const opened = new Map<string | undefined, Promise<string>>();
  return (paths, signal) => {
    const key = JSON.stringify(paths);
    const opening = opened.get(key) ?? teller.during(title, (task) => receive(paths, signal, task));
    opened.set(key, opening);
    return opening;
  };
}

/** Fetches the Dockerfile `name`, its ignore file, and nothing else. */
export async function receiveDockerfile(
  peer: Peer,
  { directory, name }: { readonly directory: string; readonly name: string },
  signal: AbortSignal,
  task: TaskTeller,
): Promise<ClientDockerfile> {
  const include = [name, `${name}.dockerignore`, ...(name === 'Dockerfile' ? ['dockerfile'] : [])];
  using received = await peer.receiveDirectory(
    { directory, include, follow: include },
    { lineage: name, signal, onTransfer: transferOf('dockerfile', task) },
  );
  return dockerfileIn(received.directory, name);
}

/** A Dockerfile with the ignore file of its own. */
export function dockerfileIn(directory: string, name: string): ClientDockerfile {
  const found = lookForDockerfile(directory, name);
  if (!found) throw refused(`failed to read dockerfile: open ${name}: no such file or directory`);
  const { file, text } = found;
  return { name: file, text, ignore: readIgnore(directory, [`${file}.dockerignore`]) };
}

/** The patterns of `.dockerignore` in a client's directory; none when there is no such file. */
export async function receiveIgnoreFile(
  peer: Peer,
  directory: string,
  signal: AbortSignal,
  task: TaskTeller,
): Promise<readonly string[]> {
  using received = await peer.receiveDirectory(
    { directory, include: ['.dockerignore'], follow: ['.dockerignore'] },
    { lineage: 'ignore', signal, onTransfer: transferOf('context', task) },
  );
  return readIgnore(received.directory, ['.dockerignore']) ?? [];
}

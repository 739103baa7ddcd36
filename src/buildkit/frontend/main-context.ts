import { posix } from 'node:path';
import { bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { resolvePath } from '../../build/ops/tree/resolve-path.ts';
import { checkSource } from '../../build/policy/apply-policy.ts';
import { isRemote } from '../../build/remote/fetch-context.ts';
import { readIgnore } from '../../build/request/read-context.ts';
import type { FetchedSource, OpenContext, ReceivedContext } from '../../build/types.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import { isUpload } from '../session/pull-upload.ts';
import type { FrontendAttributes } from './attributes.ts';
import {
  type ClientDockerfile,
  dockerfileIn,
  receiveDockerfile,
  receiveIgnoreFile,
  transferOf,
} from './local-context.ts';
import type { TaskTeller } from '../status/tell-task.ts';
import { shownUrl } from './shown-url.ts';
import type { FrontendRun } from './frontend-run.ts';
import type { Peer } from '../peer.ts';

/** Where the files of a build come from, with its Dockerfile. */
export interface MainContext {
  /** What a URL meant, where the files came from one. */
  readonly source?: FetchedSource;
  readonly dockerfile: ClientDockerfile;
  readonly ignore: readonly string[];
  /** Where the files lie, if nothing has to be brought. */
  readonly directory?: string;
  /** When it was made, in seconds since 1970, where something tells it. */
  madeAt?(): Promise<number | undefined>;
  /** Brings the files that are needed; undefined = all. */
  open?(paths: readonly string[] | undefined, signal: AbortSignal): Promise<OpenContext>;
}

type Run = Pick<FrontendRun, 'context' | 'peer' | 'teller' | 'signal' | 'lineage' | 'policy'>;

/** A directory of the client, something that it hands out, or what a URL means. `held` lets go of what was fetched. */
export async function mainContext(
  run: Run,
  attributes: FrontendAttributes,
  held: DisposableStack,
): Promise<MainContext> {
  const name = attributes['filename'] ?? 'Dockerfile';
  const contextName = localName(attributes['contextkey'] ?? 'context');
  const remote = attributes[contextName];
  if (remote === '') throw invalid('the build context is empty');
  if (remote === undefined || remote.startsWith('local:'))
    return run.peer.directory === undefined
      ? localContext(run, attributes, contextName, held)
      : seenContext(run.peer, run.peer.directory, name);
  const received = held.use(await fetchRemote(run, attributes, remote));
  const own = attributes['dockerfilekey'] === undefined ? inFetched(received, name) : undefined;
  const dockerfile = run.peer.dockerfile ?? own ?? (await clientDockerfile(run, attributes, name));
  const directory = subdirectory(received.directory, attributes['contextsubdir']);
  const { commit } = received;
  const algorithm = commit?.length === 64 ? 'sha256' : 'sha1';
  const digest = commit === undefined ? {} : { [algorithm]: commit };
  return {
    ...(!isUpload(remote) && { source: { uri: shownUrl(remote), digest } }),
    dockerfile,
    ignore: dockerfile.ignore ?? readIgnore(directory, ['.dockerignore']) ?? [],
    ...(received.madeAt && { madeAt: received.madeAt }),
    open: async () => ({ directory, [Symbol.dispose]: () => {} }),
  };
}

/** A directory of the client that the engine reads where it is. */
function seenContext(peer: Peer, directory: string, name: string): MainContext {
  const dockerfile = peer.dockerfile ?? dockerfileIn(directory, name);
  const files = [`${dockerfile.name}.dockerignore`, '.dockerignore'];
  return { directory, dockerfile, ignore: dockerfile.ignore ?? readIgnore(directory, files) ?? [] };
}

async function localContext(
  run: Run,
  attributes: FrontendAttributes,
  contextName: string,
  held: DisposableStack,
): Promise<MainContext> {
  const { peer, teller, signal, policy } = run;
  const name = attributes['filename'] ?? 'Dockerfile';
  // both at once, in the time of one round trip: few Dockerfiles have an ignore file of their own
  const [definition, patterns] = await Promise.allSettled([
    clientDockerfile(run, attributes, name),
    teller.during('[internal] load .dockerignore', async (task) => {
      checkSource(policy, `local://${contextName}`);
      return receiveIgnoreFile(peer, contextName, signal, task);
    }),
  ]);
  const dockerfile = outcome(definition);
  const ignore = dockerfile.ignore ?? outcome(patterns);
  const selection = { directory: contextName, exclude: ignore };
  const receive = async (
    paths: readonly string[] | undefined,
    opening: AbortSignal,
    task: TaskTeller,
  ): Promise<ReceivedContext> => {
    const wanted = { ...selection, ...(paths && { follow: paths }) };
    return held.use(
      await peer.receiveDirectory(wanted, {
        lineage: '',
        signal: opening,
        onTransfer: transferOf('context', task),
      }),
    );
  };
  // builds for several platforms mostly need the same
  const opened = new Map<string, Promise<ReceivedContext>>();
  return {
    dockerfile,
    ignore,
    async open(paths, opening) {
      const key = JSON.stringify(paths);
      const known =
        opened.get(key) ??
        teller.during('[internal] load build context', (task) => receive(paths, opening, task));
      opened.set(key, known);
      const { directory } = await known;
      return { directory, [Symbol.dispose]: () => {} };
    },
  };
}

function outcome<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

function clientDockerfile(
  { peer, teller, signal, policy }: Run,
  attributes: FrontendAttributes,
  name: string,
): Promise<ClientDockerfile> {
  const directory = localName(attributes['dockerfilekey'] ?? 'dockerfile');
  checkSource(policy, `local://${directory}`);
  return teller.during(`[internal] load build definition from ${name}`, (task) =>
    receiveDockerfile(peer, { directory, name }, signal, task),
  );
}

function inFetched({ directory, dockerfile }: ReceivedContext, name: string): ClientDockerfile {
  if (dockerfile !== undefined) return { name: 'context', text: dockerfile, ignore: undefined };
  return dockerfileIn(directory, name);
}

async function fetchRemote(
  { context: { builder }, peer, teller, signal, lineage, policy }: Run,
  attributes: FrontendAttributes,
  remote: string,
): Promise<ReceivedContext> {
  if (isUpload(remote)) {
    checkSource(policy, remote);
    return teller.during('[internal] load remote build context', () =>
      builder.receiveContext(peer.readUpload(remote, signal), { lineage: `upload ${lineage}`, signal }),
    );
  }
  if (!isRemote(remote))
    throw new EngineError(
      'invalid',
      `invalid build context ${JSON.stringify(shownUrl(remote))}: neither a git repository nor a URL`,
    );
  const keepGitDir = /^(?:1|t|true)$/i.test(attributes['build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR'] ?? '');
  return teller.during(
    `[internal] load ${/^https?:[^#?]*(?<!\.git)(?:[#?]|$)/.test(remote) ? 'remote build context' : 'git source'} ${shownUrl(remote)}`,
    () =>
      builder.fetchContext(remote, {
        client: peer,
        signal,
        policy,
        ...(keepGitDir && { keepGitDir }),
      }),
  );
}

/** Symlinks don't lead out of what was fetched. */
function subdirectory(root: string, path: string | undefined): string {
  if (path === undefined || path === '') return root;
  const inside = textOfBytes(resolvePath(bytesOfText(root), bytesOfText(posix.join('/', path))));
  return inside === '' ? root : `${root}/${inside}`;
}

function localName(text: string): string {
  return text.startsWith('local:') ? text.slice(6) : text;
}

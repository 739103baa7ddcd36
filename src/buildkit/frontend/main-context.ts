import { checkSource } from '../../build/policy/apply-policy.ts';
import { readIgnore } from '../../build/request/read-context.ts';
import type { OpenFiles } from '../../build/plan/named-contexts.ts';
import type { FetchedSource } from '../../build/types.ts';
import { invalid } from '../../lib/errors.ts';
import type { Peer } from '../peer.ts';
import type { FrontendAttributes } from './attributes.ts';
import { fetchedContext } from './fetched-context.ts';
import type { FrontendRun } from './frontend-run.ts';
import {
  type ClientDockerfile,
  dockerfileIn,
  openLocalFiles,
  receiveDockerfile,
  receiveIgnoreFile,
} from './local-context.ts';

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
  /** Brings the files, if they have to be brought. */
  readonly open?: OpenFiles;
}

type Run = Pick<FrontendRun, 'context' | 'peer' | 'teller' | 'signal' | 'lineage' | 'policy' | 'inputs'>;

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
  const graph = run.inputs['context'];
  if (remote === undefined ? graph : !remote.startsWith('local:')) {
    const { left, ...fetched } = await fetchedContext(run, attributes, remote ?? graph ?? '', held);
    const dockerfile =
      run.peer.dockerfile ?? fetched.dockerfile ?? (await clientDockerfile(run, attributes, name));
    return { ...fetched, dockerfile, ignore: [...(dockerfile.ignore ?? fetched.ignore), ...left] };
  }
  return run.peer.directory === undefined
    ? localContext(run, attributes, contextName, held)
    : seenContext(run.peer, run.peer.directory, name);
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
  const files = { directory: contextName, exclude: ignore, label: 'context', lineage: '' };
  return {
    dockerfile,
    ignore,
    open: openLocalFiles(run, { ...files, title: '[internal] load build context' }, held),
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

function localName(text: string): string {
  return text.startsWith('local:') ? text.slice(6) : text;
}

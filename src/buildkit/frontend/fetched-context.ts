import { posix } from 'node:path';
import { resolvePath } from '../../build/ops/tree/resolve-path.ts';
import { checkSource } from '../../build/policy/apply-policy.ts';
import { isRemote } from '../../build/remote/fetch-context.ts';
import { readIgnore } from '../../build/request/read-context.ts';
import type { ReceivedContext } from '../../build/types.ts';
import { bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import type { Definition } from '../message-types.ts';
import { isUpload } from '../session/pull-upload.ts';
import type { FrontendAttributes } from './attributes.ts';
import { fetchGraph, type FetchedFiles } from './fetch-graph.ts';
import type { FrontendRun } from './frontend-run.ts';
import { type ClientDockerfile, dockerfileIn } from './local-context.ts';
import type { MainContext } from './main-context.ts';
import { resultOf } from './reference.ts';
import { readRemoteGraph } from './remote-graph.ts';
import { shownUrl } from './shown-url.ts';

type Run = Pick<FrontendRun, 'context' | 'peer' | 'teller' | 'signal' | 'lineage' | 'policy' | 'inputs'>;

/** What a URL means, or a graph of the client in its place, and the Dockerfile in it unless the client sends another. */
export async function fetchedContext(
  run: Run,
  attributes: FrontendAttributes,
  from: string | Definition,
  held: DisposableStack,
): Promise<FetchedContext> {
  const isOwn = attributes['dockerfilekey'] === undefined;
  if (typeof from === 'string') {
    const received = held.use(await fetchUrl(run, attributes, from));
    const dockerfile = isOwn ? inFetched(received, attributes) : undefined;
    return { dockerfile, ...contextIn({ ...received, ignore: [] }, attributes, from) };
  }
  const { url, received } = await fetchInput(run, from, held);
  const own = isOwn ? run.inputs['dockerfile'] : undefined;
  const dockerfile = own && inFetched((await fetchInput(run, own, held)).received, attributes);
  return { dockerfile, ...contextIn(received, attributes, url) };
}

/** Files that were fetched; without Dockerfile where the client sends it. */
type FetchedContext = Omit<MainContext, 'dockerfile' | 'ignore'> & {
  readonly dockerfile: ClientDockerfile | undefined;
  /** What was not taken, and what the ignore file says. */
  readonly left: readonly string[];
  readonly ignore: readonly string[];
};

function contextIn(
  received: FetchedFiles,
  attributes: FrontendAttributes,
  url: string,
): Omit<FetchedContext, 'dockerfile'> {
  const directory = subdirectory(received.directory, attributes['contextsubdir']);
  const { commit, madeAt, ignore: left } = received;
  const algorithm = commit?.length === 64 ? 'sha256' : 'sha1';
  const digest = commit === undefined ? {} : { [algorithm]: commit };
  return {
    ...(!isUpload(url) && { source: { uri: shownUrl(url), digest } }),
    left,
    ignore: readIgnore(directory, ['.dockerignore']) ?? [],
    ...(madeAt && { madeAt }),
    open: async () => directory,
  };
}

async function fetchInput(
  { context: { builder }, peer, teller, signal, policy }: Run,
  definition: Definition,
  held: DisposableStack,
): Promise<{ url: string; received: FetchedFiles }> {
  const graph = readRemoteGraph(definition);
  if (!graph) throw invalid(`a result of this engine can not be the build context: ${resultOf(definition)}`);
  const received = await teller.during(`[internal] load ${kindOf(graph.url)} ${shownUrl(graph.url)}`, () =>
    fetchGraph(builder, graph, { client: peer, signal, policy }),
  );
  return { url: graph.url, received: held.use(received) };
}

async function fetchUrl(
  { context: { builder }, peer, teller, signal, lineage, policy }: Run,
  attributes: FrontendAttributes,
  url: string,
): Promise<ReceivedContext> {
  if (isUpload(url)) {
    checkSource(policy, url);
    return teller.during('[internal] load remote build context', () =>
      builder.receiveContext(peer.readUpload(url, signal), { lineage: `upload ${lineage}`, signal }),
    );
  }
  if (!isRemote(url))
    throw invalid(
      `invalid build context ${JSON.stringify(shownUrl(url))}: neither a git repository nor a URL`,
    );
  const keepGitDir = /^(?:1|t|true)$/i.test(attributes['build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR'] ?? '');
  return teller.during(`[internal] load ${kindOf(url)} ${shownUrl(url)}`, () =>
    builder.fetchContext(url, { client: peer, signal, policy, ...(keepGitDir && { keepGitDir }) }),
  );
}

const kindOf = (url: string): string =>
  /^https?:[^#?]*(?<!\.git)(?:[#?]|$)/.test(url) ? 'remote build context' : 'git source';

function inFetched(
  { directory, dockerfile }: ReceivedContext,
  attributes: FrontendAttributes,
): ClientDockerfile {
  if (dockerfile !== undefined) return { name: 'context', text: dockerfile, ignore: undefined };
  return dockerfileIn(directory, attributes['filename'] ?? 'Dockerfile');
}

/** Symlinks don't lead out of what was fetched. */
function subdirectory(root: string, path: string | undefined): string {
  if (path === undefined || path === '') return root;
  const inside = textOfBytes(resolvePath(bytesOfText(root), bytesOfText(posix.join('/', path))));
  return inside === '' ? root : `${root}/${inside}`;
}

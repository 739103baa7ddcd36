import type { NamedContext, NamedContexts } from '../../build/plan/named-contexts.ts';
import { checkSource } from '../../build/policy/apply-policy.ts';
import type { BuildRequest } from '../../build/types.ts';
import { isRemote } from '../../build/remote/fetch-context.ts';
import { invalid } from '../../lib/errors.ts';
import { parsePlatform, type Platform } from '../../oci/platform.ts';
import type { Definition } from '../message-types.ts';
import { attributesUnder, type FrontendAttributes, targetPlatforms } from './attributes.ts';
import { openLocalFiles, receiveIgnoreFile } from './local-context.ts';
import type { TaskTeller } from '../status/tell-task.ts';
import { ociLayoutContext } from './oci-layout-context.ts';
import { fetchGraph } from './fetch-graph.ts';
import { resultOf } from './reference.ts';
import { readRemoteGraph } from './remote-graph.ts';
import { shownUrl } from './shown-url.ts';
import type { TemporaryImages } from './temporary-images.ts';
import type { FrontendRun } from './frontend-run.ts';

/** Brings along what the client gave names to (`--build-context`) and the build reads. Received directories are let go of by `held`. */
export async function namedContexts(
  run: FrontendRun,
  request: BuildRequest,
  attributes: FrontendAttributes,
  held: DisposableStack,
  temporary: TemporaryImages,
): Promise<NamedContexts> {
  const named: Record<string, NamedContext> = {};
  const given = Object.entries(attributesUnder(attributes, 'context'));
  const plain = (name: string): string => name.split('::')[0] ?? '';
  const used = run.context.builder.usedContexts(
    request,
    given.map(([name]) => plain(name)),
  );
  for (const [name, value] of given.filter(([each]) => used?.has(plain(each)) ?? true))
    named[name] = await run.teller.during(`[context ${name}] load ${titleOf(value)}`, (task) =>
      load(run, { name, value, platforms: platformsOf(name, attributes), temporary }, held, task),
    );
  return named;
}

/** Of a directory the files come when it is known which are needed. */
const titleOf = (value: string): string => (value.startsWith('local:') ? '.dockerignore' : shownUrl(value));

function platformsOf(name: string, attributes: FrontendAttributes): readonly Platform[] {
  const own = name.split('::')[1];
  return own === undefined ? targetPlatforms(attributes).platforms : [parsePlatform(own)];
}

interface Named {
  readonly name: string;
  readonly value: string;
  readonly platforms: readonly Platform[];
  readonly temporary: TemporaryImages;
}

async function load(
  run: FrontendRun,
  { name, value, platforms, temporary }: Named,
  held: DisposableStack,
  task: TaskTeller,
): Promise<NamedContext> {
  const { context, peer, signal, policy } = run;
  if (isRemote(value)) {
    const fetching = { client: peer, signal, asFile: true, policy };
    const { directory } = held.use(await context.builder.fetchContext(value, fetching));
    return { kind: 'directory', path: directory, ignore: [] };
  }
  const [scheme, rest = ''] = value.split(/:(?:\/\/)?(.*)/s) as [string, string?];
  switch (scheme) {
    case 'docker-image':
      return { kind: 'image', name: rest };
    case 'oci-layout':
      checkSource(policy, value);
      return ociLayoutContext(run, rest, platforms, temporary);
    case 'input':
      return inputContext(run, run.inputs[rest], held, temporary);
    case 'local': {
      checkSource(policy, `local://${rest}`);
      const exclude = await receiveIgnoreFile(peer, rest, signal, task);
      const files = { directory: rest, exclude, lineage: name, label: rest };
      const title = `[context ${name}] load from client`;
      return { kind: 'directory', open: openLocalFiles(run, { ...files, title }, held), ignore: exclude };
    }
    default:
      throw invalid(`unsupported context source ${scheme} for ${name}`);
  }
}

/** The result of another build of the client, or files from elsewhere. */
async function inputContext(
  { context, peer, signal, policy, results }: FrontendRun,
  definition: Definition | undefined,
  held: DisposableStack,
  temporary: TemporaryImages,
): Promise<NamedContext> {
  if (!definition) throw invalid('an input of the frontend is missing');
  const graph = readRemoteGraph(definition);
  if (graph) {
    const fetched = held.use(await fetchGraph(context.builder, graph, { client: peer, signal, policy }));
    return { kind: 'directory', path: fetched.directory, ignore: fetched.ignore };
  }
  const { config, parent } = results(resultOf(definition)).image;
  const { id } = await context.images.create(config, { ...(parent && { parent }) });
  return { kind: 'image', name: temporary.add(id) };
}

import type { Environment } from '../load/interpolate.ts';
import { at, entriesOf, type Tree } from '../load/tree.ts';
import { boolAt, bytesAt, defined, dictAt, itemsAt, numberAt, textAt, textDictAt, textsAt } from './read.ts';
import type { Build } from './types.ts';

/** Reads `build`; arguments without a value take that of the environment. */
export function readBuild(tree: Tree, environment: Environment): Build {
  const args = Object.entries(dictAt(tree, 'args')).map(([name, value]) => [
    name,
    value ?? environment[name] ?? null,
  ]);
  return defined<Build>({
    context: textAt(tree, 'context') ?? '.',
    dockerfile: textAt(tree, 'dockerfile'),
    dockerfileInline: textAt(tree, 'dockerfile_inline'),
    args: Object.fromEntries(args) as Record<string, string | null>,
    target: textAt(tree, 'target'),
    labels: textDictAt(tree, 'labels'),
    network: textAt(tree, 'network'),
    noCache: boolAt(tree, 'no_cache') ?? false,
    pull: boolAt(tree, 'pull') ?? false,
    shmSize: bytesAt(tree, 'shm_size'),
    extraHosts: textsAt(tree, 'extra_hosts').map((entry) => entry.replace('=', ':')),
    cacheFrom: textsAt(tree, 'cache_from'),
    cacheTo: textsAt(tree, 'cache_to'),
    tags: textsAt(tree, 'tags'),
    platforms: textsAt(tree, 'platforms'),
    contexts: textDictAt(tree, 'additional_contexts'),
    secrets: itemsAt(tree, 'secrets').map((item) => {
      const source = textAt(item, 'source') ?? '';
      return { id: textAt(item, 'target') ?? source, source };
    }),
    ssh: Object.entries(dictAt(tree, 'ssh')).map(([id, path]) => ({ id, ...(path && { path }) })),
    ulimits: entriesOf(at(tree, 'ulimits')).map(([name, { value }]) =>
      value.kind === 'map'
        ? `${name}=${numberAt(value, 'soft') ?? 0}:${numberAt(value, 'hard') ?? 0}`
        : `${name}=${value.kind === 'scalar' ? String(value.value) : ''}`,
    ),
    entitlements: textsAt(tree, 'entitlements'),
    privileged: boolAt(tree, 'privileged') ?? false,
    isolation: textAt(tree, 'isolation'),
    provenance: textAt(tree, 'provenance'),
    sbom: textAt(tree, 'sbom'),
  });
}

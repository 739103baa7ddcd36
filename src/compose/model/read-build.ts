import type { Environment } from '../load/interpolate.ts';
import type { Tree } from '../load/tree.ts';
import { boolAt, bytesAt, defined, dictAt, textAt, textDictAt, textsAt } from './read.ts';
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
    tags: textsAt(tree, 'tags'),
    platforms: textsAt(tree, 'platforms'),
  });
}

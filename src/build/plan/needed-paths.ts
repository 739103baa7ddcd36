import { posix } from 'node:path';
import type { BuildPlan } from './types.ts';

/**
 * The paths of the main context that a plan reads, relative, as patterns; undefined = all of it. A path with characters that only some
 * matchers understand stands for the directory that it begins in.
 */
export function neededPaths({ stages }: BuildPlan): readonly string[] | undefined {
  const paths = new Set<string>();
  for (const path of stages.flatMap(({ sequence }) => sequence).flatMap(({ vertex }) => readBy(vertex?.op))) {
    const clean = plainPart(posix.resolve('/', path).slice(1));
    if (clean === '') return undefined;
    paths.add(clean);
  }
  return [...paths].toSorted();
}

function readBy(
  op: NonNullable<BuildPlan['stages'][number]['sequence'][number]['vertex']>['op'] | undefined,
): string[] {
  if (op?.kind === 'exec')
    return op.mounts.flatMap((mount) =>
      mount.type === 'bind' && mount.input === undefined ? [mount.source] : [],
    );
  if (op?.kind !== 'file') return [];
  return op.actions.flatMap((action) =>
    action.kind === 'copy' && action.source.kind === 'context' && action.source.context === undefined
      ? [action.source.path]
      : [],
  );
}

/** `a/*.json` is a pattern for everybody, `a/**` and `a/[b]` are not: then `a`. */
function plainPart(path: string): string {
  const names = path.split('/');
  const odd = names.findIndex((name) => /[[\]\\!^{}]|\*\*/.test(name) || name === '*');
  return odd < 0 ? path : names.slice(0, odd).join('/');
}

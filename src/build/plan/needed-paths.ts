import { posix } from 'node:path';
import type { BuildPlan, Op } from './types.ts';

/**
 * The paths of the main context that a plan reads, or of one with a name, relative, as patterns; undefined = all of it. A path with
 * characters that only some matchers understand stands for the directory that it begins in.
 */
export function neededPaths({ stages }: BuildPlan, context?: string): readonly string[] | undefined {
  const paths = new Set<string>();
  for (const path of operations(stages).flatMap((op) => readBy(op, context))) {
    const clean = plainPart(posix.resolve('/', path).slice(1));
    if (clean === '') return undefined;
    paths.add(clean);
  }
  return [...paths].toSorted();
}

/** What stages do, with what their steps stand on and read. */
function operations(stages: BuildPlan['stages']): Op[] {
  const done = stages.flatMap(({ sequence, result }) => [...sequence.map(({ vertex }) => vertex), result]);
  const all = done.flatMap((vertex) => (vertex ? [vertex, vertex.base, ...vertex.inputs] : []));
  return [...new Set(all)].flatMap((vertex) => (vertex ? [vertex.op] : []));
}

function readBy(op: Op, context: string | undefined): string[] {
  if (op.kind === 'exec')
    return op.mounts.flatMap((mount) =>
      mount.type === 'bind' && mount.input === undefined && context === undefined ? [mount.source] : [],
    );
  if (op.kind !== 'file') return [];
  return op.actions.flatMap((action) =>
    action.kind === 'copy' && action.source.kind === 'context' && action.source.context === context
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

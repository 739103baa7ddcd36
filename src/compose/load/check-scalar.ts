import { parseBytes } from '../../lib/bytes.ts';
import { parseComposeDuration } from '../model/duration.ts';
import { nameOf, type Shape } from './shape.ts';
import type { Tree } from './tree.ts';

/** What is wrong with a value that has to be a scalar; undefined when nothing is. */
export function scalarProblem(tree: Tree, shape: Shape, path: readonly string[]): string | undefined {
  if (tree.kind !== 'scalar' || (tree.value === null && shape.is !== 'nothing'))
    return `${where(path)} must be ${nameOf(shape)}`;
  const { value } = tree;
  switch (shape.is) {
    case 'text':
      return textProblem(tree, path);
    case 'number':
      return typeof value === 'number' || (typeof value === 'string' && /^[+-]?\d+(\.\d+)?$/.test(value))
        ? undefined
        : `${where(path)} must be a number`;
    case 'bool':
      return typeof value === 'boolean' || /^(true|false|yes|no|on|off|y|n|1|0)$/i.test(String(value))
        ? undefined
        : `${where(path)} must be true or false`;
    case 'duration':
      return attempt(() => parseComposeDuration(String(value)))
        ? undefined
        : `${where(path)} must be a duration such as 1m30s, not ${JSON.stringify(value)}`;
    case 'bytes':
      return typeof value === 'number' || attempt(() => parseBytes(String(value))) || value === '-1'
        ? undefined
        : `${where(path)} must be a size such as 512m, not ${JSON.stringify(value)}`;
    case 'nothing':
      return value === null ? undefined : `${where(path)} must be empty`;
    default:
      return undefined;
  }
}

/** Text that YAML read as something else: Compose refuses it where the difference is dangerous. */
function textProblem(tree: Extract<Tree, { kind: 'scalar' }>, path: readonly string[]): string | undefined {
  if (typeof tree.value === 'string' || tree.value === null) return undefined;
  const loose =
    ['restart', 'version', 'user', 'image', 'hostname', 'container_name', 'published'].includes(
      path.at(-1) ?? '',
    ) || /^\d+$/.test(path.at(-1) ?? '');
  if (typeof tree.value === 'boolean' && path.at(-1) === 'restart')
    return `${where(path)} must be a string: YAML reads ${tree.source} as ${tree.value}; put it in quotes`;
  return loose ? undefined : `${where(path)} must be a string: put ${tree.source} in quotes`;
}

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** A place in a file in words: `services.web.ports.0`. */
export const where = (path: readonly string[]): string => (path.length === 0 ? 'top level:' : path.join('.'));

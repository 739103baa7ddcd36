import { existsSync } from '../../lib/fs.ts';
import { problemAt } from './compose-error.ts';
import { at, type MapTree, type Tree } from './tree.ts';
import { dirname, resolve } from 'node:path';

/** Reads a file that another one names at `from`. */
export function readOther(
  path: string,
  from: Tree['place'],
  read: (path: string, baseDir: string) => MapTree,
): MapTree {
  if (!existsSync(path)) throw problemAt(from, `file ${path} not found`);
  return read(path, dirname(path));
}

/** Included files come before the file that includes them. */
export function withIncludes(
  tree: MapTree,
  baseDir: string,
  read: (path: string, baseDir: string) => MapTree,
): MapTree[] {
  const includes = at(tree, 'include');
  if (includes?.kind !== 'list') return [tree];
  const included = includes.items.flatMap((item) => {
    const path = item.kind === 'map' ? at(item, 'path') : item;
    const paths = path?.kind === 'list' ? path.items : path ? [path] : [];
    return paths.flatMap((one) => {
      const file = resolve(baseDir, one.kind === 'scalar' ? String(one.value) : '');
      return withIncludes(readOther(file, one.place, read), dirname(file), read);
    });
  });
  return [...included, tree];
}

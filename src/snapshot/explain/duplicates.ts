import { posix } from 'node:path';
import type { FileContent, HiddenName } from './merged-tree.ts';
import { cacheOf } from './package-caches.ts';
import type { CopiesBelow, DuplicateFiles } from './types.ts';

const LISTED_PATHS = 100;

/** Files that are seen and have the same content, the most wasteful first; those in caches are wasted already. */
export function duplicatesOf(seen: readonly HiddenName[]): DuplicateFiles[] {
  const byContent = new Map<string, Map<FileContent, string>>();
  for (const { path, content } of seen) {
    if (content.digest === '' || cacheOf(path)) continue;
    const key = `${content.digest} ${content.size}`;
    const group = byContent.get(key) ?? new Map<FileContent, string>();
    const name = group.get(content);
    if (name === undefined || path < name) group.set(content, path);
    byContent.set(key, group);
  }
  return [...byContent.values()]
    .filter((group) => group.size > 1)
    .map((group) => {
      const [first] = group.keys();
      const size = first?.size ?? 0;
      const paths = [...group.values()].map((path) => `/${path}`).toSorted();
      return { size, count: group.size, paths: paths.slice(0, LISTED_PATHS), waste: size * (group.size - 1) };
    })
    .toSorted((left, right) => right.waste - left.waste);
}

/** Duplicates by the directory that holds all of each. */
export function copiesBelow(duplicates: readonly DuplicateFiles[]): CopiesBelow[] {
  const groups = Map.groupBy(duplicates, ({ paths }) => commonDirectory(paths));
  return [...groups]
    .flatMap(([directory, members]) => {
      const [example] = members;
      if (!example) return [];
      const files = members.reduce((sum, { count }) => sum + count - 1, 0);
      const waste = members.reduce((sum, member) => sum + member.waste, 0);
      return [{ directory, files, waste, example }];
    })
    .toSorted((left, right) => right.waste - left.waste);
}

function commonDirectory(paths: readonly string[]): string {
  let [directory = '/'] = paths.map((path) => posix.dirname(path));
  while (directory !== '/' && !paths.every((path) => path.startsWith(`${directory}/`)))
    directory = posix.dirname(directory);
  return directory;
}

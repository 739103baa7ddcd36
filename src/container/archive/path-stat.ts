import type { Stats } from 'node:fs';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import type { PathStat } from '../types.ts';
import { type ContainerTree, openTree } from './container-tree.ts';
import { baseNameOf, type Found, locate, targetOf } from './locate.ts';

/** The verb behind `HEAD …/archive`. */
export async function statPath(
  context: Context,
  record: ContainerRecord,
  name: string,
  path: string,
): Promise<PathStat> {
  await using tree = await openTree(context, record);
  using found = locate(name, tree, path);
  return describe(tree, path, found);
}

export function describe(tree: ContainerTree, path: string, { stats }: Found): PathStat {
  return {
    name: baseNameOf(path),
    size: stats.size,
    mode: goFileMode(stats),
    mtime: stats.mtime.toISOString(),
    linkTarget: stats.isSymbolicLink() ? targetOf(tree, path) : '',
  };
}

const goBits = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  characterDevice: 2 ** 21,
  sticky: 2 ** 20,
} as const;

/** Go's fs.FileMode: its own bits above the nine of the permissions. */
export function goFileMode(stats: Stats): number {
  const { mode } = stats;
  return (
    (mode & 0o777) +
    (stats.isDirectory() ? goBits.directory : 0) +
    (stats.isSymbolicLink() ? goBits.symlink : 0) +
    (stats.isBlockDevice() || stats.isCharacterDevice() ? goBits.device : 0) +
    (stats.isCharacterDevice() ? goBits.characterDevice : 0) +
    (stats.isFIFO() ? goBits.fifo : 0) +
    (stats.isSocket() ? goBits.socket : 0) +
    (mode & 0o4000 ? goBits.setuid : 0) +
    (mode & 0o2000 ? goBits.setgid : 0) +
    (mode & 0o1000 ? goBits.sticky : 0)
  );
}

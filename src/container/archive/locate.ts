import { lstatSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { asPath, bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { notFound } from '../../lib/errors.ts';
import { type Located, PathError, RootedDirectory } from '../../lib/rooted-path.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { ContainerTree } from './container-tree.ts';

/** Something in a container's tree, held open. */
export interface Found extends Located {
  readonly stats: Stats;
}

/**
 * Finds what a path of the API means: relative ones start at `/`, a final symlink is followed only when a slash (or `/.`) stands behind
 * it. Throws with Docker's text for what is not there or hidden.
 */
export function locate(
  record: ContainerRecord,
  tree: ContainerTree,
  path: string,
  options: { followLast?: boolean } = {},
): Found {
  const missing = (): Error => notFound(`Could not find the file ${path} in container ${record.id}`);
  const followLast = options.followLast ?? /(^|\/)\.{0,2}$/.test(path);
  using root = new RootedDirectory(bytesOfText(tree.root));
  let located: Located | undefined;
  try {
    located = root.locate(bytesOfText(posix.join('/', path)), { followLast });
    const stats = lstatSync(asPath(located.path), { throwIfNoEntry: false });
    if (!stats || isHidden(tree, `/${textOfBytes(located.realPath)}`)) throw missing();
    return Object.assign(located, { stats });
  } catch (error) {
    located?.[Symbol.dispose]();
    if (error instanceof PathError && error.code !== 'ELOOP') throw missing();
    throw error;
  }
}

/** Whether a path lies below a hidden directory. These themselves are there, and empty. */
export const isHidden = (tree: ContainerTree, path: string): boolean =>
  tree.hidden.some((directory) => path.startsWith(`${directory}/`));

/** The name that a path's archive begins with: its last part as it was asked for. */
export function baseNameOf(path: string): string {
  if (/(^|\/)\.$/.test(path)) return '.';
  const base = posix.basename(posix.join('/', path));
  return base === '' ? '/' : base;
}

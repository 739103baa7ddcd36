import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { asPath, bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { hasCode, invalid, notFound } from '../../lib/errors.ts';
import { type Located, PathError, RootedDirectory } from '../../lib/rooted-path.ts';
import type { ContainerTree } from './container-tree.ts';

/** Something in a container's tree, held open. */
export interface Found extends Located {
  readonly stats: Stats;
}

/**
 * Finds what a path of the API means: relative ones start at `/`, a final symlink is followed only when a slash (or `/.`) stands behind
 * it, which only a directory can bear. Throws with Docker's text for what is not there or hidden; `container` is the name that the
 * client knows it by.
 */
export function locate(
  container: string,
  tree: ContainerTree,
  path: string,
  options: { followLast?: boolean } = {},
): Found {
  const missing = (): Error => notFound(`Could not find the file ${path} in container ${container}`);
  if (path.includes('\0')) throw invalid(`lstat ${JSON.stringify(path)}: invalid argument`);
  const wantsDirectory = /(^|\/)\.{0,2}$/.test(path);
  const followLast = options.followLast ?? wantsDirectory;
  if (isHidden(tree, posix.resolve('/', path))) throw missing();
  using root = new RootedDirectory(bytesOfText(tree.root));
  let located: Located | undefined;
  try {
    located = root.locate(bytesOfText(posix.join('/', path)), { followLast });
    const stats = lstatSync(asPath(located.path), { throwIfNoEntry: false });
    if (!stats || isHidden(tree, `/${textOfBytes(located.realPath)}`)) throw missing();
    if (wantsDirectory && !stats.isDirectory()) throw invalid(`lstat ${path}: not a directory`);
    return Object.assign(located, { stats });
  } catch (error) {
    located?.[Symbol.dispose]();
    if (error instanceof PathError && error.code === 'ENOTDIR')
      throw invalid(`lstat ${path}: not a directory`);
    if (error instanceof PathError && error.code === 'ENOENT') throw missing();
    if (hasCode(error, 'ENAMETOOLONG')) throw invalid(`lstat ${path}: file name too long`);
    throw error;
  }
}

/** Where a symlink leads in the end, also when there is nothing. */
export function targetOf(tree: ContainerTree, path: string): string {
  const absolute = posix.join('/', path);
  using root = new RootedDirectory(bytesOfText(tree.root));
  try {
    using target = root.locate(bytesOfText(absolute), { followLast: true });
    return `/${textOfBytes(target.realPath)}`;
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    using link = root.locate(bytesOfText(absolute), { followLast: false });
    return posix.resolve(posix.dirname(`/${textOfBytes(link.realPath)}`), readlinkSync(asPath(link.path)));
  }
}

/** Whether a path lies below a hidden directory. These themselves are there, and empty. */
export const isHidden = (tree: ContainerTree, path: string): boolean =>
  tree.hidden.some((directory) => path.startsWith(`${directory}/`));

/** The name that a path's archive begins with: its last part as it was asked for. */
export function baseNameOf(path: string): string {
  if (/(^|\/)\.\/*$/.test(path)) return '.';
  const base = posix.basename(posix.join('/', path));
  return base === '' ? '/' : base;
}

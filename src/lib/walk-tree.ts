import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { asPath, bytesOfText, type ByteString } from './byte-string.ts';

/** What stands in a tree. */
export interface TreeMember {
  /** From the root of the tree on. */
  readonly path: ByteString;
  /** As Node's file system calls take it. */
  readonly place: string | Buffer;
  readonly entry: Dirent;
}

/**
 * Everything below a directory, a directory before what is in it, names in the order of their bytes, whatever these are. No symlink is
 * followed; of directories for which `isEntered` is false nothing but themselves is told.
 */
export async function* walkTree(
  root: string,
  isEntered: (path: ByteString) => boolean = () => true,
): AsyncGenerator<TreeMember> {
  const base = bytesOfText(root);
  const open = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const directory = asPath(`${base}/${below}`);
    const entries: Dirent[] = await readdir(directory, { encoding: 'latin1', withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      yield { path, place: asPath(`${base}/${path}`), entry };
      if (entry.isDirectory() && isEntered(path)) open.push(path);
    }
  }
}

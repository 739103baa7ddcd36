import { chmodSync, lchownSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { asPath, type ByteString, bytesOfText, textOfBytes } from '../../../lib/byte-string.ts';
import type { Owner } from './attributes.ts';
import { type FoundOwner, resolveOwner } from './owner.ts';
import { resolvePath } from './resolve-path.ts';

/** How a destination looks in a file system: all that a step which is linked onto it (`COPY --link`) knows of it. Plain data. */
export interface Way {
  /** Without symlinks, relative to the root; in bytes. */
  readonly path: ByteString;
  /** The directories of the path that are there. */
  readonly directories: readonly (Owner & { readonly mode: number })[];
  /** Something else stands where it would go on. */
  readonly isBlocked: boolean;
  /** Who `--chown` means. */
  readonly owner?: FoundOwner;
}

export function findWay(root: string, destination: string, chown: string | undefined): Way {
  const base = bytesOfText(root);
  const path = resolvePath(base, bytesOfText(destination));
  const directories: (Owner & { mode: number })[] = [];
  let isBlocked = false;
  let done = base;
  for (const name of path === '' ? [] : path.split('/')) {
    done = `${done}/${name}`;
    const stats = lstatSync(asPath(done), { throwIfNoEntry: false });
    isBlocked = stats !== undefined && !stats.isDirectory();
    if (!stats?.isDirectory()) break;
    directories.push({ mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid });
  }
  const owner = chown === undefined ? undefined : resolveOwner(root, chown);
  return { path, directories, isBlocked, ...(owner && { owner }) };
}

/** Makes an empty file system look the same on the way to a destination. */
export function makeWay(root: ByteString, { path, directories, isBlocked }: Way): void {
  let done = root;
  for (const [index, name] of (path === '' ? [] : path.split('/')).entries()) {
    done = `${done}/${name}`;
    const found = directories[index];
    if (!found) {
      if (isBlocked) writeFileSync(asPath(done), '');
      return;
    }
    mkdirSync(asPath(done), { recursive: true });
    lchownSync(asPath(done), found.uid, found.gid);
    chmodSync(asPath(done), found.mode);
  }
}

/** A destination as it is reached by its way: what says "directory" at the end stays. */
export const destinationOf = ({ path }: Way, destination: string): string =>
  `/${textOfBytes(path)}${destination.endsWith('/') && path !== '' ? '/' : ''}`;

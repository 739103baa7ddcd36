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

/** A way as it is kept, which another engine may have told: undefined for what is none, such as one that leads out of its root. */
export function parseWay(text: string): Way | undefined {
  const { path, directories, isBlocked, owner } = membersOf(text);
  const isWay =
    isInside(path) &&
    Array.isArray(directories) &&
    directories.every((item) => isOwner(item) && isNumber(item.mode) && item.mode <= 0o7777) &&
    typeof isBlocked === 'boolean' &&
    (owner === undefined || isOwner(owner));
  return isWay ? (JSON.parse(text) as Way) : undefined;
}

function membersOf(text: string): Partial<Record<keyof Way, unknown>> {
  try {
    return (JSON.parse(text) as Partial<Record<keyof Way, unknown>> | null) ?? {};
  } catch {
    return {};
  }
}

const isInside = (path: unknown): boolean =>
  path === '' ||
  (typeof path === 'string' && path.split('/').every((name) => !['', '.', '..'].includes(name)));

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isOwner = (value: unknown): value is Owner & { readonly mode?: unknown } => {
  const { uid, gid, unknown = [] } = (value ?? {}) as Partial<FoundOwner>;
  return (
    isNumber(uid) &&
    isNumber(gid) &&
    Array.isArray(unknown) &&
    unknown.every((part) => typeof part === 'string')
  );
};

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

import { closeSync, constants, fstatSync, readSync } from 'node:fs';
import { openInRoot } from '../../kernel/open-in-root.ts';
import { hasCode } from '../../lib/errors.ts';

/** What stands at a path inside a root file system. */
export type Found =
  | { readonly kind: 'missing' | 'dangling' | 'directory' | 'other' }
  | { readonly kind: 'file'; readonly mode: number; readonly head: Buffer };

const headLength = 4096;

/** Looks at a path as a process in the container would find it; links can't lead out of `root`. */
export function inspectFile(root: string, path: string): Found {
  const fd = tryOpen(root, path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fd === undefined) {
    const link = tryOpen(root, path, constants.O_RDONLY | constants.O_NOFOLLOW | 0o10000000); // O_PATH: the link itself
    if (link === undefined) return { kind: 'missing' };
    closeSync(link);
    return { kind: 'dangling' };
  }
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) return { kind: 'directory' };
    if (!stats.isFile()) return { kind: 'other' };
    const head = Buffer.alloc(headLength);
    return {
      kind: 'file',
      mode: stats.mode & 0o7777,
      head: head.subarray(0, readSync(fd, head, 0, headLength, 0)),
    };
  } finally {
    closeSync(fd);
  }
}

function tryOpen(root: string, path: string, flags: number): number | undefined {
  try {
    return openInRoot(root, path, flags);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES')) return undefined;
    throw error;
  }
}

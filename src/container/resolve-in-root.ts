import { lstatSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import { hasCode, invalid } from '../lib/errors.ts';

const MOST_LINKS = 255;

/**
 * The host path of a container's path, with symlinks and `..` followed as they are seen from inside: nothing leads out of `root`.
 * Undefined where a part of it is missing. Only for trees that no process changes meanwhile; `openInRoot` (kernel/) is for the others.
 */
export function resolveInRoot(root: string, path: string): string | undefined {
  const pending = path.split('/').toReversed();
  let resolved = '/';
  let links = 0;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '' || part === '.') continue;
    const next = posix.join(resolved, part); // above `/` there is only `/`
    if (part === '..') {
      resolved = next;
      continue;
    }
    const target = readLink(join(root, next));
    if (target === undefined) return undefined;
    if (target === '') {
      resolved = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw invalid(`too many levels of symbolic links in ${path}`);
    if (target.startsWith('/')) resolved = '/';
    pending.push(...target.split('/').toReversed());
  }
  return join(root, resolved);
}

/** Target of a symlink; empty for what is none, undefined for what is missing. */
function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : '';
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

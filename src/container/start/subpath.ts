import { mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MS, mount, unmount } from '../../kernel/mount.ts';
import { hasCode, internal, messageOf } from '../../lib/errors.ts';
import { randomId } from '../../lib/id.ts';
import { type HeldPath, holdSubpath } from '../../volume/hold-subpath.ts';

/**
 * A part of a volume at a path of its own for the runtime, which opens it in another namespace. It lies apart from what is ever deleted
 * with all that is in it. To be disposed of when the container's process exists.
 */
export function mountSubpath(directory: string, base: string, subpath: string): HeldPath {
  using held = holdSubpath(base, subpath);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, randomId());
  if (statSync(held.path).isDirectory()) mkdirSync(path);
  else writeFileSync(path, '');
  try {
    mount(held.path, path, '', MS.BIND | MS.REC);
  } catch (error) {
    removePlace(path);
    throw internal(`cannot mount ${subpath} of the volume at ${base}: ${messageOf(error)}`, error);
  }
  return { path, [Symbol.dispose]: () => removePlace(path) };
}

/** What an engine left that was killed in the middle of a start. */
export function removeStaleSubpaths(directory: string): void {
  try {
    for (const name of readdirSync(directory)) removePlace(join(directory, name));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** Never deletes more than an empty place: a volume's data may still be mounted there. */
function removePlace(path: string): void {
  try {
    unmount(path);
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOENT')) throw error;
  }
  try {
    rmdirSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) unlinkSync(path);
    else if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** Where the parts of volumes are mounted for the runtime. */
export const subpathsDirectory = (bundles: string): string => join(dirname(bundles), 'subpaths');

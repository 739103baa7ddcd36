import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  lutimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../oci/digest.ts';

/** What a runtime mounts over, or Docker's images expect: in no image and no change of a container's, so in a layer between them. */
const places: readonly [path: string, what: 'directory' | 'file' | { readonly target: string }][] = [
  ['.dockerenv', 'file'],
  ['dev', 'directory'],
  ['dev/console', 'file'],
  ['dev/pts', 'directory'],
  ['dev/shm', 'directory'],
  ['etc', 'directory'],
  ['etc/hostname', 'file'],
  ['etc/hosts', 'file'],
  ['etc/mtab', { target: '/proc/mounts' }],
  ['etc/resolv.conf', 'file'],
  ['proc', 'directory'],
  ['sys', 'directory'],
];

/**
 * Makes them in a mounted tree that nobody else uses. A symlink or file where a directory is needed gives way; directories that are
 * there keep their times, so that the same image gives the same layer.
 */
export function makeMountPoints(root: string): void {
  for (const [path, what] of places) {
    const full = join(root, path);
    const existing = lstatSync(full, { throwIfNoEntry: false });
    if (existing?.isDirectory()) continue;
    keepingTimes(dirname(full), () => {
      if (existing) rmSync(full);
      make(full, what);
    });
  }
}

function make(path: string, what: (typeof places)[number][1]): void {
  if (what === 'directory') mkdirSync(path);
  else if (what === 'file') writeFileSync(path, '', { flag: 'wx' });
  else symlinkSync(what.target, path);
  if (typeof what === 'object') lutimesSync(path, 0, 0);
  else {
    chmodSync(path, 0o755);
    utimesSync(path, 0, 0);
  }
}

function keepingTimes(directory: string, work: () => void): void {
  const { mtimeMs }: Stats = lstatSync(directory);
  work();
  utimesSync(directory, mtimeMs / 1000, mtimeMs / 1000);
}

/** Stands for a stack of layers. */
export const stackKey = (layers: readonly Digest[]): string =>
  createHash('sha256').update(layers.join('\n')).digest('hex');

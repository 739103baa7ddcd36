import { chmodSync, lchownSync, lutimesSync, type Stats } from 'node:fs';
import { readKeptXattrs } from '../../../kernel/kept-xattrs.ts';
import { writeXattr } from '../../../kernel/xattr.ts';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';
import { fileTime } from '../../../lib/file-time.ts';
import type { Mode } from './mode.ts';

/** Who owns what is copied; absent = as in the source. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a copy is to have in place of what its source has. */
export interface Wanted {
  readonly owner: Owner;
  readonly mode: Mode | undefined;
  readonly hasXattrs: boolean;
}

/** Gives a copy its owner, attributes, mode and times, in the order in which none undoes another. */
export function setAttributes(source: ByteString, target: ByteString, stats: Stats, wanted: Wanted): void {
  const path = asPath(target);
  lchownSync(path, wanted.owner.uid, wanted.owner.gid);
  if (!stats.isSymbolicLink()) {
    if (wanted.hasXattrs) copyXattrs(source, target);
    chmodSync(path, modeOf(stats, wanted));
  }
  lutimesSync(path, fileTime(stats.atimeMs / 1000), fileTime(stats.mtimeMs / 1000));
}

export function copyXattrs(source: ByteString, target: ByteString): void {
  for (const [name, value] of readKeptXattrs(source) ?? []) writeXattr(target, name, value);
}

export const modeOf = (stats: Stats, { mode }: Wanted): number =>
  mode ? mode(stats.mode, stats.isDirectory()) : stats.mode & 0o7777;

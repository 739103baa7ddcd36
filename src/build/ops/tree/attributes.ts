import { chmodSync, lchownSync, lutimesSync, type Stats } from 'node:fs';
import { readXattrs, writeXattr } from '../../../kernel/xattr.ts';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';
import { fileTime } from '../../../lib/file-time.ts';
import type { Mode } from './mode.ts';

/** Who owns what is copied; absent = as in the source. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whether an extended attribute belongs to content: file capabilities and those of users. */
export const isKeptXattr = (name: string): boolean =>
  name === 'security.capability' || (name.startsWith('user.') && !name.startsWith('user.overlay.'));

export function readKeptXattrs(path: ByteString): Map<string, string> | undefined {
  const all = readXattrs(path);
  for (const name of all?.keys() ?? []) if (!isKeptXattr(name)) all?.delete(name);
  return all;
}

/** Gives a copy its owner, attributes, mode and times, in the order in which none undoes another. */
export function setAttributes(
  source: ByteString,
  target: ByteString,
  stats: Stats,
  wanted: { readonly owner: Owner; readonly mode: Mode | undefined; readonly hasXattrs: boolean },
): void {
  const path = asPath(target);
  lchownSync(path, wanted.owner.uid, wanted.owner.gid);
  if (!stats.isSymbolicLink()) {
    if (wanted.hasXattrs)
      for (const [name, value] of readKeptXattrs(source) ?? []) writeXattr(target, name, value);
    chmodSync(path, wanted.mode ? wanted.mode(stats.mode, stats.isDirectory()) : stats.mode & 0o7777);
  }
  lutimesSync(path, fileTime(stats.atimeMs / 1000), fileTime(stats.mtimeMs / 1000));
}

import type { ByteString } from '../lib/byte-string.ts';
import { readXattrs } from './xattr.ts';

/** Whether an extended attribute belongs to a file's content: its capabilities and those of users, among which overlayfs may keep its own. */
export const isKeptXattr = (name: string): boolean =>
  name === 'security.capability' || (name.startsWith('user.') && !name.startsWith('user.overlay.'));

/** The attributes that go along with a file; undefined where the file system has none. */
export function readKeptXattrs(path: ByteString): Map<string, ByteString> | undefined {
  const all = readXattrs(path);
  for (const name of all?.keys() ?? []) if (!isKeptXattr(name)) all?.delete(name);
  return all;
}

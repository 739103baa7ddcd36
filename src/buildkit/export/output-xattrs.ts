import { readXattrs } from '../../kernel/xattr.ts';
import type { ByteString } from '../../lib/byte-string.ts';

/** The attributes that go with a file into an output: not those that are work of the engine's own file system. */
export function readOutputXattrs(path: ByteString): Map<string, ByteString> {
  const belongs = (name: string): boolean =>
    name === 'security.capability' || (name.startsWith('user.') && !name.startsWith('user.overlay.'));
  return new Map([...(readXattrs(path) ?? [])].filter(([name]) => belongs(name)));
}

import koffi from 'koffi';
import { constants } from 'node:os';
import { check, libc } from './libc.ts';

const llistxattr = libc.func('int64_t llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)');
const lgetxattr = libc.func(
  'int64_t lgetxattr(const uint8_t *path, const uint8_t *name, _Out_ uint8_t *value, size_t size)',
);
const lsetxattr = libc.func(
  'int lsetxattr(const uint8_t *path, const uint8_t *name, const uint8_t *value, size_t size, int flags)',
);

/** The kernel's own limit for the list and for one value. */
const MAX = 65536;
const list = Buffer.allocUnsafeSlow(MAX);
const value = Buffer.allocUnsafeSlow(MAX);
const { ENODATA, ENOTSUP, ENOENT, ERANGE } = constants.errno;

const terminated = (bytes: string): Buffer => Buffer.from(`${bytes}\0`, 'latin1');

/**
 * Extended attributes of a file itself, never of what a symlink at `path` points to. Paths, names and values are byte strings
 * (latin1). A file system without attributes has none.
 */
export function readXattrs(path: string): Map<string, string> | undefined {
  const cPath = terminated(path);
  const length = Number(llistxattr(cPath, list, MAX));
  if (length === 0) return undefined;
  if (length < 0) {
    if (koffi.errno() === ENOTSUP) return undefined;
    check(length, `llistxattr ${path}`);
  }
  const found = new Map<string, string>();
  for (const name of list.toString('latin1', 0, length - 1).split('\0')) {
    const text = readValue(cPath, name);
    if (text !== undefined) found.set(name, text);
  }
  return found;
}

/** One attribute; undefined when the file has it not. */
export const readXattr = (path: string, name: string): string | undefined =>
  readValue(terminated(path), name);

export function writeXattr(path: string, name: string, content: string): void {
  const bytes = Buffer.from(content, 'latin1');
  check(lsetxattr(terminated(path), terminated(name), bytes, bytes.length, 0), `lsetxattr ${name} ${path}`);
}

function readValue(cPath: Buffer, name: string): string | undefined {
  const length = Number(lgetxattr(cPath, terminated(name), value, MAX));
  if (length >= 0) return value.toString('latin1', 0, length);
  const errno = koffi.errno();
  if (errno === ENODATA || errno === ENOTSUP || errno === ENOENT || errno === ERANGE) return undefined;
  check(length, `lgetxattr ${name}`);
  return undefined;
}

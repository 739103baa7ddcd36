import { check, libc } from './libc.ts';

const mknodCall = libc.func('int mknod(const uint8_t *path, uint32_t mode, uint64_t device)');

/** File type bits of mode (inode(7)). */
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o10000;
export const S_IFCHR = 0o20000;
export const S_IFBLK = 0o60000;

/** Makes a device or FIFO. `path` is a byte string (latin1); the process' umask applies to `mode`. */
export function makeNode(path: string, mode: number, major = 0, minor = 0): void {
  const device = BigInt((minor & 0xff) | ((major & 0xfff) << 8)) | (BigInt(minor & ~0xff) << 12n);
  check(mknodCall(Buffer.from(`${path}\0`, 'latin1'), mode, device), `mknod ${path}`);
}

/** Splits a device number as stat(2) gives it. */
export function splitDevice(rdev: number): { major: number; minor: number } {
  return { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}

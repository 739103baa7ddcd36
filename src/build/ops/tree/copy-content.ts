import { closeSync, constants, copyFileSync, openSync, readSync, writeSync } from 'node:fs';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';

const SMALL = 1 << 20;
const buffer = Buffer.allocUnsafeSlow(SMALL + 1);

/**
 * Copies the content of a regular file to a new one, whose attributes `finish` sets; false when something is there already. Small files
 * are read and written: libuv's copy truncates its target, which makes ext4 write it out at once (ten times as slow). Large ones share
 * their blocks where the file system can.
 */
export function copyContent(
  { path: source, size: told }: { readonly path: ByteString; readonly size: number },
  target: ByteString,
  finish: (fd: number) => void,
): boolean {
  const from = openSync(asPath(source), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const size = readUpTo(from, told);
    const to = size > SMALL ? copyLarge(source, target) : writeNew(target, size);
    if (to === undefined) return false;
    try {
      finish(to);
    } finally {
      closeSync(to);
    }
    return true;
  } finally {
    closeSync(from);
  }
}

/** It mostly ends where it was told to. */
function readUpTo(fd: number, told: number): number {
  let size = 0;
  for (let count = -1; count !== 0 && size <= SMALL && (count < 0 || size < told); size += count)
    count = readSync(fd, buffer, size, buffer.length - size, null);
  return size;
}

function copyLarge(source: ByteString, target: ByteString): number | undefined {
  return unlessThere(() => {
    copyFileSync(asPath(source), asPath(target), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    return openSync(asPath(target), constants.O_RDONLY | constants.O_NOFOLLOW);
  });
}

function writeNew(target: ByteString, size: number): number | undefined {
  const to = unlessThere(() => openSync(asPath(target), 'wx'));
  if (to === undefined) return undefined;
  try {
    for (let at = 0; at < size;) at += writeSync(to, buffer, at, size - at);
    return to;
  } catch (error) {
    closeSync(to);
    throw error;
  }
}

function unlessThere<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return undefined;
    throw error;
  }
}

import { closeSync, constants, copyFileSync, openSync, readSync, writeSync } from 'node:fs';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';

const SMALL = 1 << 20;
const buffer = Buffer.allocUnsafeSlow(SMALL + 1);

/**
 * Copies the content of a regular file to a new one. Small ones are read and written: libuv's copy truncates its target, which makes
 * ext4 write it out at once (ten times as slow). Large ones share their blocks where the file system can.
 */
export function copyContent(source: ByteString, target: ByteString): void {
  const from = openSync(asPath(source), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const size = readUpTo(from);
    if (size > SMALL) copyFileSync(asPath(source), asPath(target), constants.COPYFILE_FICLONE);
    else writeNew(target, size);
  } finally {
    closeSync(from);
  }
}

function readUpTo(fd: number): number {
  let size = 0;
  for (let count = -1; count !== 0 && size <= SMALL; size += count)
    count = readSync(fd, buffer, size, buffer.length - size, null);
  return size;
}

function writeNew(target: ByteString, size: number): void {
  const to = openSync(asPath(target), 'wx');
  try {
    for (let at = 0; at < size;) at += writeSync(to, buffer, at, size - at);
  } finally {
    closeSync(to);
  }
}

import { statfsSync } from 'node:fs';

/** Where this process writes, by the name that its users know. */
const places = new Set<string>();
/** Bytes. What has less left is full: others free and fill a little all the time. */
const LITTLE = 1 << 20;

/** Names a directory whose file system may be the one that is full. */
export function writesTo(directory: string): void {
  places.add(directory);
}

/** Worker threads and programs tell no codes. */
const isTold = /(?:^|: )no space left on device$/;

/**
 * What went wrong when a disk, or what a user may have of it, is used up: with the room that is left (what was half made has been removed
 * by then), and what helps. Undefined for other errors.
 */
export function fullDisk(error: Error & { code?: unknown; errcode?: unknown }): string | undefined {
  const isFull =
    /^(?:ENOSPC|EDQUOT): (?!.*\bwatch\b)/.test(error.message) ||
    (error.code === 'ERR_SQLITE_ERROR' && error.errcode === SQLITE_FULL);
  if (!isFull && !isTold.test(error.message)) return undefined;
  const [, path] = / '(.*?)'/.exec(error.message) ?? [];
  const message = isFull ? `${path === undefined ? '' : `${path}: `}no space left on device` : error.message;
  const left = [...places].map((place) => `${Math.floor(bytesLeft(place) / 1e6)} MB in ${place}`);
  return left.length === 0
    ? message
    : `${message} (left: ${left.join(', ')}); make room, for example with "lade system prune"`;
}

const SQLITE_FULL = 13;

/** Whether the file system of a directory is full. */
export const hasNoRoom = (directory: string): boolean => bytesLeft(directory) < LITTLE;

function bytesLeft(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return 0; // it is gone
  }
}

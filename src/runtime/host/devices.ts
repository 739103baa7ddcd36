import { readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';
import type { HostDevice } from '../spec/host-facts.ts';

/** Directories of /dev that hold no devices of their own, and the console, which every container has its own of. */
const skipped = new Set([
  'pts',
  'shm',
  'fd',
  'mqueue',
  'hugepages',
  'console',
  '.lxc',
  '.lxd-mounts',
  '.udev',
]);

/** The device at a path, or all below a directory. Throws when there is nothing, in Docker's words. */
export function devicesAt(path: string): HostDevice[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Error('no such file or directory');
  if (stats.isDirectory()) return devicesBelow(path);
  const device = toDevice(path, stats);
  if (!device) throw new Error('not a device node');
  return [device];
}

/** All devices below a directory; links are not followed. */
export function devicesBelow(directory: string): HostDevice[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (skipped.has(entry.name)) return [];
    if (entry.isDirectory()) return devicesBelow(path);
    return entry.isCharacterDevice() || entry.isBlockDevice() ? existing(path) : [];
  });
}

function existing(path: string): HostDevice[] {
  try {
    const device = toDevice(path, statSync(path));
    return device ? [device] : [];
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENXIO', 'EACCES')) return [];
    throw error;
  }
}

function toDevice(path: string, stats: Stats): HostDevice | undefined {
  const type = stats.isCharacterDevice()
    ? 'c'
    : stats.isBlockDevice()
      ? 'b'
      : stats.isFIFO()
        ? 'p'
        : undefined;
  if (!type) return undefined;
  const number = BigInt(stats.rdev);
  return {
    path,
    type,
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn)),
    minor: Number((number & 0xffn) | ((number >> 12n) & ~0xffn)),
    fileMode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
  };
}

import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, type Stats } from 'node:fs';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';
import { readKeptXattrs } from './attributes.ts';

interface Known {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly digest: string;
}

/** A file that changed so shortly before it was read may change again within the clock's grain. */
const GRAIN_MS = 50;
const CHUNK = 1 << 20;
const buffer = Buffer.allocUnsafeSlow(CHUNK);

/**
 * Digests of the content and the attributes of files, remembered by what the kernel changes with the content: inode, size, times. So an unchanged context costs
 * a stat for each file.
 */
export class FileDigests {
  private known: Map<string, Known>;
  private readonly seen = new Map<string, Known>();
  /** Something was hashed that was not known. */
  changed = false;

  constructor(known: ReadonlyMap<string, Known> = new Map()) {
    this.known = new Map(known);
  }

  digestOf(path: ByteString, stats: Stats): string {
    const key = `${stats.dev}:${stats.ino}`;
    const { size, mtimeMs, ctimeMs } = stats;
    const known = this.known.get(key);
    const isSame = known?.size === size && known.mtimeMs === mtimeMs && known.ctimeMs === ctimeMs;
    const now = Date.now();
    const entry = isSame
      ? known
      : { size, mtimeMs, ctimeMs, digest: `${hashFile(path)}${digestOfXattrs(path)}` };
    if (!isSame) this.changed = true;
    if (isSame || now - ctimeMs > GRAIN_MS) this.seen.set(key, entry);
    return entry.digest;
  }

  /** What was met this time, to be remembered. */
  toJSON(): [string, Known][] {
    return [...this.seen];
  }

  static fromJSON(entries: readonly [string, Known][]): FileDigests {
    return new FileDigests(new Map(entries));
  }
}

function hashFile(path: ByteString): string {
  const hash = createHash('sha256');
  const fd = openSync(asPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** '' for what has no attributes that belong to its content. */
export function digestOfXattrs(path: ByteString): string {
  const xattrs = readKeptXattrs(path);
  if (!xattrs?.size) return '';
  return `+${createHash('sha256')
    .update(JSON.stringify([...xattrs].toSorted(byName)))
    .digest('hex')}`;
}

const byName = ([left]: [string, string], [right]: [string, string]): number => (left < right ? -1 : 1);

import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  type Stats,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';
import { readKeptXattrs } from './attributes.ts';

interface Known {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly digest: string;
}

/** A file that changed so shortly before it was read may change again within the clock's grain. */
export const GRAIN_MS = 50;
const CHUNK = 1 << 20;
const buffer = Buffer.allocUnsafeSlow(CHUNK);

/**
 * Digests of the content and the attributes of files, remembered by what the kernel changes with the content: inode, size, times. So an unchanged context costs
 * a stat for each file.
 */
export class FileDigests {
  private readonly known: Map<string, Known>;
  private readonly seen = new Map<string, Known>();
  /** Something was hashed that was not known. */
  changed = false;

  constructor(known: ReadonlyMap<string, Known> = new Map()) {
    this.known = new Map(known);
  }

  digestOf(path: ByteString, stats: Stats): string {
    const known = this.recall(stats);
    const digest = known ?? `${hashFile(path)}${digestOfXattrs(path)}`;
    if (known === undefined) this.changed = true;
    if (known !== undefined || Date.now() - stats.ctimeMs > GRAIN_MS) this.remember(stats, digest);
    return digest;
  }

  /** The digest of a file that is as it was; undefined when it is not known. */
  recall({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string | undefined {
    const known = this.known.get(`${dev}:${ino}`);
    const isSame = known?.size === size && known.mtimeMs === mtimeMs && known.ctimeMs === ctimeMs;
    return isSame ? known.digest : undefined;
  }

  /** Notes the digest of a file that nobody changes any more. */
  remember({ dev, ino, size, mtimeMs, ctimeMs }: Stats, digest: string): void {
    this.seen.set(`${dev}:${ino}`, { size, mtimeMs, ctimeMs, digest });
  }

  /** Goes on remembering what is not met this time. */
  keepKnown(): void {
    for (const [file, known] of this.known) if (!this.seen.has(file)) this.seen.set(file, known);
  }

  /** What was met this time, to be remembered. */
  toJSON(): [string, Known][] {
    return [...this.seen];
  }

  /** Writes what was met this time. No loss if it is lost: then files are read again. */
  save(path: string): void {
    writeFileSync(`${path}.tmp`, JSON.stringify(this));
    renameSync(`${path}.tmp`, path);
  }

  /** Notes that what was written is still of use. */
  static use(path: string): void {
    const now = Date.now() / 1000;
    try {
      utimesSync(path, now, now);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error; // nothing was met yet
    }
  }

  static load(path: string): FileDigests {
    try {
      return FileDigests.fromJSON(JSON.parse(readFileSync(path, 'utf8')) as never);
    } catch (error) {
      if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return new FileDigests();
      throw error;
    }
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

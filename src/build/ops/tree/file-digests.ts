import { createHash, hash } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, readSync, type Stats, utimesSync } from 'node:fs';
import { readKeptXattrs } from '../../../kernel/kept-xattrs.ts';
import { replaceFile } from '../../../lib/atomic-file.ts';
import { asPath, type ByteString } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';
import { writeWhole } from '../../../lib/tar/fd-sink.ts';
import { CollectedText } from './collected-text.ts';

/** A file that changed so shortly before it was read may change again within the clock's grain. */
export const GRAIN_MS = 50;
const CHUNK = 1 << 20;
const buffer = Buffer.allocUnsafeSlow(CHUNK);

/*
 * A file: a line for each file, `dev:ino`, a tab, what was known of it (looksOf) and its digest; of several the last one counts.
 */

/**
 * Digests of the content and the attributes of files, remembered by what the kernel changes with the content: inode, size, times. So an unchanged context costs
 * a stat for each file. There may be millions.
 */
export class FileDigests {
  private readonly known: ReadonlyMap<string, string>;
  private readonly met = new Set<string>();
  private readonly lines = new CollectedText('latin1');
  /** Something was hashed that was not known. */
  changed = false;

  constructor(known: ReadonlyMap<string, string> = new Map()) {
    this.known = known;
  }

  digestOf(path: ByteString, stats: Stats): string {
    const known = this.recall(stats);
    const digest = known ?? `${hashFile(path, stats.size)}${digestOfXattrs(path)}`;
    if (known === undefined) this.changed = true;
    if (known !== undefined || Date.now() - stats.ctimeMs > GRAIN_MS) this.remember(stats, digest);
    return digest;
  }

  /** The digest of a file that is as it was; undefined when it is not known. */
  recall(stats: Stats): string | undefined {
    const known = this.known.get(keyOf(stats));
    if (known === undefined) return undefined;
    const looks = looksOf(stats);
    return known.startsWith(looks) ? known.slice(looks.length) : undefined;
  }

  /** Notes the digest of a file that nobody changes any more. */
  remember(stats: Stats, digest: string): void {
    this.note(keyOf(stats), looksOf(stats) + digest);
  }

  /** Goes on remembering what is not met this time. */
  keepKnown(): void {
    for (const [file, known] of this.known) if (!this.met.has(file)) this.note(file, known);
  }

  private note(file: string, known: string): void {
    this.lines.add(`${file}\t${known}\n`);
    if (this.known.size > 0) this.met.add(file);
  }

  /** Writes what was met this time. No loss if it is lost: then files are read again. */
  save(path: string): void {
    replaceFile(path, (fd) => {
      for (const bytes of this.lines.bytes()) writeWhole(fd, bytes);
    });
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
      return new FileDigests(readLines(readFileSync(path, 'latin1')));
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ERR_STRING_TOO_LONG')) return new FileDigests();
      throw error;
    }
  }
}

const keyOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;
const looksOf = ({ size, mtimeMs, ctimeMs }: Stats): string => `${size} ${mtimeMs} ${ctimeMs} `;

/** What is no line of ours is left out. */
function readLines(text: string): Map<string, string> {
  const known = new Map<string, string>();
  for (let at = 0, end = text.indexOf('\n'); end >= 0; at = end + 1, end = text.indexOf('\n', at)) {
    const tab = text.indexOf('\t', at);
    if (tab >= 0 && tab < end) known.set(text.slice(at, tab), text.slice(tab + 1, end));
  }
  return known;
}

/** Most files fit into the buffer. */
function hashFile(path: ByteString, told: number): string {
  const fd = openSync(asPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const first = readSync(fd, buffer);
    if (first === told && first < CHUNK) return hash('sha256', buffer.subarray(0, first), 'hex');
    const whole = createHash('sha256');
    for (let count = first; count > 0; count = readSync(fd, buffer)) whole.update(buffer.subarray(0, count));
    return whole.digest('hex');
  } finally {
    closeSync(fd);
  }
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

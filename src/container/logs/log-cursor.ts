import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { hasCode, internal } from '../../lib/errors.ts';
import { halfLines, type RecordRange } from './log-cut.ts';
import { listSegments, type LogSegment } from './log-segments.ts';

const NEWLINE = 10;
const CHUNK = 64 << 10;
/** Far above any record of the monitor; what is longer is no record. */
const LONGEST = 4 << 20;
/** What a reader may hold of segments that were deleted. */
const MOST_SEGMENTS = 1000;
const MOST_BYTES = 4 * 2 ** 30;

interface OpenSegment {
  readonly fd: number;
  readonly inode: number;
  /** Bytes when it was opened. */
  readonly size: number;
}

/** A place in a segment that is told by its inode. */
export interface LogPlace {
  readonly inode: number;
  readonly offset: number;
}

/**
 * A place in a log that moves forward over whole records and over rotations. Segments are told apart by inode, and one that is held
 * open keeps its inode, so nothing is read twice or skipped however the files are renamed meanwhile.
 */
export class LogCursor implements Disposable {
  private readonly log: string;
  private current: OpenSegment | undefined;
  private offset = 0;
  /** Those that come after the current one, without a gap, held although they may be deleted. */
  private pinned: OpenSegment[] = [];
  /** No segment comes any more beside the pinned ones. */
  private sealed = false;
  private isLost = false;
  /** What is left out of the current segment, which is the first one. */
  private half: readonly RecordRange[] = [];

  private constructor(log: string) {
    this.log = log;
  }

  /** At the first record of a whole line that is kept. */
  static atStart(log: string): LogCursor {
    const first = listSegments(log)[0];
    return first ? LogCursor.at(log, first.path, 0) : new LogCursor(log);
  }

  /** Behind the last record: what comes from now on. */
  static atEnd(log: string): LogCursor {
    const cursor = new LogCursor(log);
    const last = listSegments(log).at(-1);
    cursor.current = last && openSegment(last.path);
    if (cursor.current) cursor.offset = fstatSync(cursor.current.fd).size;
    return cursor;
  }

  /** At an offset in a segment. */
  static at(log: string, path: string, offset: number): LogCursor {
    const cursor = new LogCursor(log);
    cursor.current = openSegment(path);
    cursor.offset = offset;
    const first = listSegments(log)[0];
    if (first?.path === path) cursor.half = halfLines(log, first);
    return cursor;
  }

  /** Where an earlier cursor was. When that segment is gone, at the first record that is kept. */
  static resume(log: string, place: LogPlace): LogCursor {
    const segment = listSegments(log)
      .map(({ path }) => openSegment(path))
      .filter((open) => open !== undefined);
    const found = segment.find(({ inode }) => inode === place.inode);
    for (const { fd } of segment) if (fd !== found?.fd) closeSync(fd);
    if (!found) return LogCursor.atStart(log);
    const cursor = new LogCursor(log);
    cursor.current = found;
    cursor.offset = place.offset;
    return cursor;
  }

  /** Behind what was read last; undefined before that. */
  get place(): LogPlace | undefined {
    return this.current && { inode: this.current.inode, offset: this.offset };
  }

  /** The next whole records, at least one; undefined when there is none at the moment. The buffer is the caller's to keep. */
  read(): Buffer | undefined {
    if (this.isLost) throw internal('The reader of a log fell too far behind');
    for (;;) {
      this.current ??= this.sealed ? undefined : openFirst(this.log);
      if (!this.current) return undefined;
      const isOld = this.isRotated(this.current); // looked at before reading: what a rotated file has then is all it gets
      const records = this.readRecords(this.current.fd);
      if (records) return records;
      if (!isOld || !this.advance()) return undefined;
    }
  }

  /** Holds everything that is kept now, so that it can be read even if it is deleted. Nothing later is read. */
  seal(): void {
    if (this.sealed) return;
    this.pin(Infinity);
    this.sealed = true;
  }

  /**
   * The oldest segments are about to be deleted, so many: holds what it has not read of them. A reader that falls too far behind is given
   * up, and told so at its next read, lest it fill the disk.
   */
  hold(oldest: number): void {
    if (this.sealed) return;
    this.pin(oldest);
    const size = this.pinned.reduce((sum, segment) => sum + segment.size, 0);
    if (this.pinned.length <= MOST_SEGMENTS && size <= MOST_BYTES) return;
    this.isLost = true;
    this[Symbol.dispose]();
  }

  private pin(oldest: number): void {
    const segments = listSegments(this.log);
    const last = this.pinned.at(-1) ?? this.current;
    const missing = segments.slice(indexOf(segments, last) + 1, oldest);
    this.pinned.push(...missing.flatMap(({ path }) => openSegment(path) ?? []));
    this.current ??= this.pinned.shift();
  }

  [Symbol.dispose](): void {
    for (const { fd } of [this.current, ...this.pinned].filter((segment) => segment !== undefined))
      closeSync(fd);
    this.current = undefined;
    this.pinned = [];
    this.sealed = true;
  }

  private isRotated({ inode }: OpenSegment): boolean {
    if (this.sealed || this.pinned.length > 0) return true;
    const live = statSync(this.log, { throwIfNoEntry: false });
    // While the file is missing, the monitor still writes to the one that was renamed.
    return live !== undefined && live.ino !== inode;
  }

  /** Goes to the segment after the current one; false when there is none. */
  private advance(): boolean {
    const next = this.pinned.shift() ?? (this.sealed ? undefined : this.openNext());
    if (!next) return false;
    if (this.current) closeSync(this.current.fd);
    this.current = next;
    this.offset = 0;
    this.half = [];
    return true;
  }

  private openNext(): OpenSegment | undefined {
    const segments = listSegments(this.log);
    // When even the current one was deleted, the oldest that is left comes next.
    const next = segments[indexOf(segments, this.current) + 1];
    return next && openSegment(next.path);
  }

  private readRecords(fd: number): Buffer | undefined {
    for (let size = CHUNK; ; size *= 4) {
      const bytes = Buffer.allocUnsafe(size);
      const length = readSync(fd, bytes, 0, size, this.offset);
      const end = length === 0 ? 0 : bytes.lastIndexOf(NEWLINE, length - 1) + 1;
      if (end > 0) {
        const records = bytes.subarray(0, end);
        for (const half of this.half) blank(records, half, this.offset);
        this.offset += end;
        return records;
      }
      if (length < size) return undefined;
      if (size > LONGEST) this.offset += length;
    }
  }
}

/** Makes junk, which no reader tells, of a record when it is in `bytes`, which come from `offset`. Its newline stays. */
function blank(bytes: Buffer, { start, end }: RecordRange, offset: number): void {
  if (start >= offset && start < offset + bytes.length) bytes.fill(0, start - offset, end - 1 - offset);
}

/** -1 for a segment that was deleted. */
function indexOf(segments: readonly LogSegment[], segment: OpenSegment | undefined): number {
  if (!segment) return -1;
  return segments.findIndex(({ path }) => statSync(path, { throwIfNoEntry: false })?.ino === segment.inode);
}

function openFirst(log: string): OpenSegment | undefined {
  const first = listSegments(log)[0];
  return first && openSegment(first.path);
}

function openSegment(path: string): OpenSegment | undefined {
  try {
    const fd = openSync(path, 'r');
    const { ino, size } = fstatSync(fd);
    return { fd, inode: ino, size };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { hasCode } from '../../lib/errors.ts';
import { listSegments } from './log-segments.ts';

const NEWLINE = 10;
const CHUNK = 64 << 10;
/** Far above any record of the monitor; what is longer is no record. */
const LONGEST = 4 << 20;

interface OpenSegment {
  readonly fd: number;
  readonly inode: number;
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
  /** Segments after the current one that are held although they may be deleted. */
  private pinned: OpenSegment[] = [];
  /** No segment comes any more beside the pinned ones. */
  private sealed = false;

  private constructor(log: string) {
    this.log = log;
  }

  /** At the first record that is kept. */
  static atStart(log: string): LogCursor {
    const cursor = new LogCursor(log);
    cursor.current = openFirst(log);
    return cursor;
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
    const segments = listSegments(this.log).flatMap(({ path }) => openSegment(path) ?? []);
    this.sealed = true;
    this.current ??= segments.shift();
    const mine = segments.findIndex(({ inode }) => inode === this.current?.inode);
    for (const { fd } of segments.slice(0, mine + 1)) closeSync(fd);
    this.pinned = segments.slice(mine + 1);
  }

  [Symbol.dispose](): void {
    for (const { fd } of [this.current, ...this.pinned].filter((segment) => segment !== undefined))
      closeSync(fd);
    this.current = undefined;
    this.pinned = [];
    this.sealed = true;
  }

  private isRotated({ inode }: OpenSegment): boolean {
    if (this.sealed) return true;
    const live = statSync(this.log, { throwIfNoEntry: false });
    // While the file is missing, the monitor still writes to the one that was renamed.
    return live !== undefined && live.ino !== inode;
  }

  /** Goes to the segment after the current one; false when there is none. */
  private advance(): boolean {
    const next = this.sealed ? this.pinned.shift() : this.openNext();
    if (!next) return false;
    if (this.current) closeSync(this.current.fd);
    this.current = next;
    this.offset = 0;
    return true;
  }

  private openNext(): OpenSegment | undefined {
    const segments = listSegments(this.log);
    const mine = segments.findIndex(
      ({ path }) => statSync(path, { throwIfNoEntry: false })?.ino === this.current?.inode,
    );
    // When even the current one was deleted, the oldest that is left comes next.
    const next = segments[mine + 1];
    return next && openSegment(next.path);
  }

  private readRecords(fd: number): Buffer | undefined {
    for (let size = CHUNK; ; size *= 4) {
      const bytes = Buffer.allocUnsafe(size);
      const length = readSync(fd, bytes, 0, size, this.offset);
      const end = length === 0 ? 0 : bytes.lastIndexOf(NEWLINE, length - 1) + 1;
      if (end > 0) {
        this.offset += end;
        return bytes.subarray(0, end);
      }
      if (length < size) return undefined;
      if (size > LONGEST) this.offset += length;
    }
  }
}

function openFirst(log: string): OpenSegment | undefined {
  const first = listSegments(log)[0];
  return first && openSegment(first.path);
}

function openSegment(path: string): OpenSegment | undefined {
  try {
    const fd = openSync(path, 'r');
    return { fd, inode: fstatSync(fd).ino };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

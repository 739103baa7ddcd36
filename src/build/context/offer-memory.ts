import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { replaceFile } from '../../lib/atomic-file.ts';
import { bootId } from '../../lib/boot-id.ts';
import { hasCode } from '../../lib/errors.ts';
import type { OfferedEntry, PackedFiles } from './receive-offered.ts';

/*
 * A file: the boot that it was written in and a newline; for each entry its length in four bytes and the entry as the client wrote it.
 */

/** What a client offers, compared with what it offered last: an offer that is the same costs no look at any file. */
export class Offer {
  private readonly files: PackedFiles;
  private readonly batches: AsyncIterator<readonly Buffer[]>;
  /** What was told so far, once it is known to differ. */
  private told: Buffer[] = [];
  /** What of the last batch was not compared. */
  private rest: readonly Buffer[] = [];

  constructor(files: PackedFiles) {
    this.files = files;
    this.batches = files.batches[Symbol.asyncIterator]();
  }

  /** Whether all entries are those that were kept in a file, in this boot: what was written in another one may be lost. */
  async isKept(path: string): Promise<boolean> {
    const kept = load(path);
    let at = kept.start;
    for (let next = await this.batches.next(); !next.done; next = await this.batches.next()) {
      for (const [index, entry] of next.value.entries()) {
        if (!isAt(kept.bytes, at, entry)) {
          this.rest = next.value.slice(index);
          this.told = split(kept.bytes.subarray(kept.start, at));
          return false;
        }
        at += LENGTH + entry.length;
      }
    }
    if (kept.start > 0 && at === kept.bytes.length) return true;
    this.told = split(kept.bytes.subarray(kept.start, at));
    return false;
  }

  /** All entries, also those that were compared. */
  async *entries(): AsyncGenerator<OfferedEntry> {
    try {
      for (const [number, entry] of this.told.entries()) yield* this.read(entry, number);
      for (const entry of this.rest) yield* this.take(entry);
      for (let next = await this.batches.next(); !next.done; next = await this.batches.next())
        for (const entry of next.value) yield* this.take(entry);
    } finally {
      await this.batches.return?.();
    }
  }

  /** Keeps what was offered. */
  keep(path: string): void {
    const parts = this.told.flatMap((entry) => {
      const length = Buffer.allocUnsafe(LENGTH);
      length.writeUInt32LE(entry.length);
      return [length, entry];
    });
    replaceFile(path, (fd) => writeFileSync(fd, Buffer.concat([Buffer.from(`${bootId()}\n`), ...parts])));
  }

  static forget(path: string): void {
    rmSync(path, { force: true });
  }

  private *take(entry: Buffer): Generator<OfferedEntry> {
    this.told.push(entry);
    yield* this.read(entry, this.told.length - 1);
  }

  private *read(entry: Buffer, number: number): Generator<OfferedEntry> {
    const read = this.files.read(entry, number);
    if (read) yield read;
  }
}

const LENGTH = 4;

/** `start` is 0 where nothing is kept that counts. */
function load(path: string): { readonly bytes: Buffer; readonly start: number } {
  try {
    const bytes = readFileSync(path);
    const start = bytes.indexOf('\n') + 1;
    if (bytes.toString('latin1', 0, start - 1) === bootId()) return { bytes, start };
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return { bytes: Buffer.alloc(0), start: 0 };
}

function split(kept: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < kept.length;) {
    const from = at + LENGTH;
    at = from + kept.readUInt32LE(at);
    entries.push(kept.subarray(from, at));
  }
  return entries;
}

function isAt(kept: Buffer, at: number, entry: Buffer): boolean {
  const from = at + LENGTH;
  const to = from + entry.length;
  return (
    to <= kept.length &&
    kept.readUInt32LE(at) === entry.length &&
    entry.compare(kept, from, to, 0, entry.length) === 0
  );
}

import { readFileSync, rmSync } from 'node:fs';
import { replaceFile } from '../../lib/atomic-file.ts';
import { bootId } from '../../lib/boot-id.ts';
import { hasCode } from '../../lib/errors.ts';
import { writeWhole } from '../../lib/tar/fd-sink.ts';
import { PackedPieces } from './packed-pieces.ts';
import type { OfferedEntry, PackedFiles } from './receive-offered.ts';

/*
 * A file: the boot that it was written in and a newline; then the entries as the client wrote them (packed-pieces.ts).
 */

/** What a client offers, compared with what it offered last: an offer that is the same costs no look at any file. */
export class Offer {
  private readonly files: PackedFiles;
  private readonly batches: AsyncIterator<readonly Buffer[]>;
  /** What was told so far, once it is known to differ. */
  private readonly told = new PackedPieces();
  /** Of the entry that is read next. */
  private number = 0;
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
        if (!PackedPieces.isAt(kept.bytes, at, entry)) {
          this.rest = next.value.slice(index);
          this.told.addPacked(kept.bytes.subarray(kept.start, at));
          return false;
        }
        at += PackedPieces.sizeOf(entry);
      }
    }
    if (kept.start > 0 && at === kept.bytes.length) return true;
    this.told.addPacked(kept.bytes.subarray(kept.start, at));
    return false;
  }

  /** All entries, also those that were compared. */
  async *entries(): AsyncGenerator<OfferedEntry> {
    try {
      for (const entry of this.told) yield* this.read(entry);
      for (const entry of this.rest) yield* this.take(entry);
      for (let next = await this.batches.next(); !next.done; next = await this.batches.next())
        for (const entry of next.value) yield* this.take(entry);
    } finally {
      await this.batches.return?.();
    }
  }

  /** Keeps what was offered. */
  keep(path: string): void {
    replaceFile(path, (fd) => {
      writeWhole(fd, Buffer.from(`${bootId()}\n`));
      for (const bytes of this.told.bytes()) writeWhole(fd, bytes);
    });
  }

  static forget(path: string): void {
    rmSync(path, { force: true });
  }

  private *take(entry: Buffer): Generator<OfferedEntry> {
    this.told.add(entry);
    yield* this.read(entry);
  }

  private *read(entry: Buffer): Generator<OfferedEntry> {
    const read = this.files.read(entry, this.number);
    this.number += 1;
    if (read) yield read;
  }
}

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

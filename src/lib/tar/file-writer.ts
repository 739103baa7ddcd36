import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import type { SparseMap } from './entry.ts';

/** Writes a file's content at its places, then what is said about the file. */
export class FileWriter {
  readonly fd: number;
  private readonly sparse: SparseMap | undefined;
  private readonly describe: () => void;
  private segment = 0;
  private inSegment = 0;

  constructor(fd: number, sparse: SparseMap | undefined, describe: () => void) {
    this.fd = fd;
    this.sparse = sparse;
    this.describe = describe;
  }

  write(piece: Uint8Array): void {
    if (this.sparse) this.writeSegments(this.sparse, piece);
    else for (let at = 0; at < piece.length;) at += writeSync(this.fd, piece, at);
  }

  finish(): void {
    if (this.sparse) ftruncateSync(this.fd, this.sparse.realSize);
    this.describe();
    closeSync(this.fd);
  }

  private writeSegments({ segments }: SparseMap, piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      const segment = segments[this.segment];
      if (!segment) return;
      const count = Math.min(piece.length - at, segment.length - this.inSegment);
      const written = count && writeSync(this.fd, piece, at, count, segment.offset + this.inSegment);
      at += written;
      this.inSegment += written;
      if (this.inSegment < segment.length) continue;
      this.segment += 1;
      this.inSegment = 0;
    }
  }
}

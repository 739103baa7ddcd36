import { writeSync } from 'node:fs';

const SIZE = 1 << 20;
const LARGE = 64 << 10;
const zeros = Buffer.alloc(512);

/** Gathers small pieces and writes them to a blocking descriptor in large ones; for threads that may wait. */
export class FdSink {
  private readonly fd: number;
  private readonly buffer = Buffer.allocUnsafeSlow(SIZE);
  private filled = 0;

  constructor(fd: number) {
    this.fd = fd;
  }

  write(piece: Uint8Array): void {
    if (piece.length > SIZE - this.filled) this.flush();
    if (piece.length >= LARGE) {
      this.flush();
      return writeWhole(this.fd, piece);
    }
    this.buffer.set(piece, this.filled);
    this.filled += piece.length;
  }

  /** At most one block. */
  writeZeros(count: number): void {
    if (count > 0) this.write(zeros.subarray(0, count));
  }

  flush(): void {
    if (this.filled > 0) writeWhole(this.fd, this.buffer.subarray(0, this.filled));
    this.filled = 0;
  }
}

export function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

const LENGTH = 4;
const CHUNK = 1 << 20;

/** Many small pieces of bytes, each with its length in four bytes before it, in few buffers: there may be millions. */
export class PackedPieces implements Iterable<Buffer> {
  private readonly full: Buffer[] = [];
  private open: Buffer = Buffer.alloc(0);
  private used = 0;

  add(piece: Buffer): void {
    const size = PackedPieces.sizeOf(piece);
    if (this.used + size > this.open.length) this.turnTo(Buffer.allocUnsafeSlow(Math.max(CHUNK, size)));
    this.open.writeUInt32LE(piece.length, this.used);
    piece.copy(this.open, this.used + LENGTH);
    this.used += size;
  }

  /** Adds what is packed already. */
  addPacked(bytes: Buffer): void {
    this.turnTo(Buffer.alloc(0));
    this.full.push(bytes);
  }

  *bytes(): Generator<Buffer> {
    yield* this.full;
    yield this.open.subarray(0, this.used);
  }

  *[Symbol.iterator](): Generator<Buffer> {
    for (const bytes of this.bytes())
      for (let at = 0; at < bytes.length;) {
        const from = at + LENGTH;
        at = from + bytes.readUInt32LE(at);
        yield bytes.subarray(from, at);
      }
  }

  /** Bytes that a piece takes. */
  static sizeOf(piece: Buffer): number {
    return LENGTH + piece.length;
  }

  /** Whether a piece stands at a place. */
  static isAt(bytes: Buffer, at: number, piece: Buffer): boolean {
    const from = at + LENGTH;
    const to = from + piece.length;
    return (
      to <= bytes.length &&
      bytes.readUInt32LE(at) === piece.length &&
      piece.compare(bytes, from, to, 0, piece.length) === 0
    );
  }

  private turnTo(next: Buffer): void {
    if (this.used > 0) this.full.push(this.open.subarray(0, this.used));
    this.open = next;
    this.used = 0;
  }
}

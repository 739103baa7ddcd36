const PIECE = 1 << 20;

/** Text that grows by small parts, up to hundreds of megabytes: kept as bytes, which take a tenth of what as many parts of a string do. */
export class CollectedText {
  private readonly encoding: BufferEncoding;
  private readonly pieces: Buffer[] = [];
  private last = '';

  constructor(encoding: BufferEncoding) {
    this.encoding = encoding;
  }

  add(part: string): void {
    this.last += part;
    if (this.last.length >= PIECE) this.settle();
  }

  /** What was added so far. */
  bytes(): readonly Buffer[] {
    this.settle();
    return this.pieces;
  }

  text(): string {
    return this.bytes()
      .map((piece) => piece.toString(this.encoding))
      .join('');
  }

  private settle(): void {
    this.pieces.push(Buffer.from(this.last, this.encoding));
    this.last = '';
  }
}

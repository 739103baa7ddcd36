import { GrpcError, GrpcStatus } from './status.ts';

const HEAD = 5;

/** The largest message that either side takes, as gRPC's own servers of builds have it. */
export const LARGEST_MESSAGE = 16 << 20;

/** Megabytes that Node lets one connection hold before it refuses streams: room for a few of the largest messages. */
export const SESSION_MEMORY = 64;

/** Bytes that a peer may send on all streams of a connection before they are read: HTTP/2 begins with 64 KB, a round trip for each. */
export const CONNECTION_WINDOW = 8 << 20;

/** A message as gRPC sends it: a flag byte (0, not compressed), the length in four bytes, the content ("Length-Prefixed-Message"). */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEAD + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEAD);
  return framed;
}

/** The messages in a stream of bytes. Throws GrpcError for what is compressed, larger than `largest` bytes, or breaks off. */
export async function* readFrames(
  bytes: AsyncIterable<Buffer>,
  largest: number = LARGEST_MESSAGE,
): AsyncGenerator<Buffer, void, void> {
  for await (const batch of readBatches(bytes, largest)) yield* batch;
}

/** The same with messages that came together in one list: quicker where there are a great many. None is empty. */
export async function* readBatches(
  bytes: AsyncIterable<Buffer>,
  largest: number = LARGEST_MESSAGE,
): AsyncGenerator<Buffer[], void, void> {
  const unframer = new Unframer(largest);
  for await (const piece of bytes) {
    const batch: Buffer[] = [];
    try {
      unframer.add(piece, batch);
    } catch (error) {
      if (batch.length > 0) yield batch;
      throw error;
    }
    if (batch.length > 0) yield batch;
  }
  if (unframer.waiting > 0) throw new GrpcError(GrpcStatus.internal, 'the stream ends within a message');
}

/** Takes messages out of pieces that are cut anywhere. Pieces are joined when the message that spans them is whole. */
class Unframer {
  /** Bytes that came and belong to no message yet. */
  waiting = 0;
  private readonly largest: number;
  private pieces: Buffer[] = [];
  /** So many must wait before there is anything to be done. */
  private needed = HEAD;

  constructor(largest: number) {
    this.largest = largest;
  }

  /** Appends what became whole. */
  add(piece: Buffer, batch: Buffer[]): void {
    this.pieces.push(piece);
    this.waiting += piece.length;
    if (this.waiting < this.needed) return;
    const [first = piece] = this.pieces;
    const bytes = this.pieces.length === 1 ? first : Buffer.concat(this.pieces, this.waiting);
    let at = 0;
    for (this.needed = HEAD; bytes.length - at >= this.needed; this.needed = HEAD) {
      this.needed = HEAD + this.lengthAt(bytes, at);
      if (bytes.length - at < this.needed) break;
      batch.push(bytes.subarray(at + HEAD, at + this.needed));
      at += this.needed;
    }
    this.pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    this.waiting = bytes.length - at;
  }

  private lengthAt(bytes: Buffer, at: number): number {
    if (bytes[at] !== 0)
      throw new GrpcError(GrpcStatus.unimplemented, 'compressed messages are not supported');
    const length = bytes.readUInt32BE(at + 1);
    if (length <= this.largest) return length;
    throw new GrpcError(
      GrpcStatus.resourceExhausted,
      `received message larger than max (${length} vs. ${this.largest})`,
    );
  }
}

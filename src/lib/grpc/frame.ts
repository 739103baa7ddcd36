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
  const pending = new PendingBytes();
  for await (const piece of bytes) {
    pending.add(piece);
    const batch: Buffer[] = [];
    try {
      for (let message = nextMessage(pending, largest); message; message = nextMessage(pending, largest))
        batch.push(message);
    } catch (error) {
      if (batch.length > 0) yield batch;
      throw error;
    }
    if (batch.length > 0) yield batch;
  }
  if (pending.length > 0) throw new GrpcError(GrpcStatus.internal, 'the stream ends within a message');
}

function nextMessage(pending: PendingBytes, largest: number): Buffer | undefined {
  if (pending.length < HEAD) return undefined;
  const head = pending.peek(HEAD);
  if (head[0] !== 0) throw new GrpcError(GrpcStatus.unimplemented, 'compressed messages are not supported');
  const length = head.readUInt32BE(1);
  if (length > largest)
    throw new GrpcError(
      GrpcStatus.resourceExhausted,
      `received message larger than max (${length} vs. ${largest})`,
    );
  if (pending.length < HEAD + length) return undefined;
  pending.take(HEAD);
  return pending.take(length);
}

/** Pieces that came and were not read yet; joined only where a message spans them. */
class PendingBytes {
  private pieces: Buffer[] = [];
  length = 0;

  add(piece: Buffer): void {
    this.pieces.push(piece);
    this.length += piece.length;
  }

  peek(count: number): Buffer {
    return this.front(count).subarray(0, count);
  }

  take(count: number): Buffer {
    const first = this.front(count);
    this.length -= count;
    if (first.length === count) this.pieces.shift();
    else this.pieces[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  private front(count: number): Buffer {
    let first = this.pieces[0] ?? Buffer.alloc(0);
    if (first.length < count) {
      first = Buffer.concat(this.pieces);
      this.pieces = [first];
    }
    return first;
  }
}

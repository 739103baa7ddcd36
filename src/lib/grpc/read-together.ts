import type { Readable } from 'node:stream';

/** Bytes that wait for a slow reader before the stream is told to wait, too. */
const MOST_WAITING = 1 << 20;

/**
 * What a stream brings, joined where it came at the same time. HTTP/2 hands over each of its frames alone, however many came in one piece,
 * and to wake a reader for each costs more than all that is done with it. Throws what ends the stream before its end; who stops reading ends it.
 */
export async function* readTogether(stream: Readable): AsyncGenerator<Buffer, void, void> {
  let pieces: Buffer[] = [];
  let waiting = 0;
  let over: { readonly error?: unknown } | undefined = overAlready(stream);
  let wake = (): void => {};
  let isWaking = false;
  const take = (piece: Buffer): void => {
    pieces.push(piece);
    waiting += piece.length;
    if (waiting > MOST_WAITING) stream.pause();
    if (isWaking) return;
    isWaking = true;
    setImmediate(() => {
      isWaking = false;
      wake();
    });
  };
  const finish = (outcome: { readonly error?: unknown }): void => {
    over ??= outcome;
    wake();
  };
  const end = (): void => finish({});
  const fail = (error: unknown): void => finish({ error });
  const close = (): void => finish({ error: new Error('the stream was closed before its end') });
  stream.on('end', end).on('error', fail).on('close', close).on('data', take);
  try {
    for (;;) {
      if (pieces.length > 0) {
        const joined = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, waiting);
        pieces = [];
        waiting = 0;
        stream.resume();
        yield joined;
      } else if (over) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stream.off('end', end).off('error', fail).off('close', close).off('data', take);
    if (!over) stream.destroy();
  }
  if ('error' in over) throw over.error;
}

function overAlready(stream: Readable): { readonly error?: unknown } | undefined {
  if (stream.errored) return { error: stream.errored };
  if (stream.readableEnded) return {};
  return stream.destroyed ? { error: new Error('the stream was closed before its end') } : undefined;
}

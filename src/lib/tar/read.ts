import type { TarEntry } from './entry.ts';
import { TarParser } from './parser.ts';

/** A member and its body: holes of sparse files are told as zeros. What is not read is skipped when the next member is asked for. */
export interface TarFile {
  /** `size` is the length of `body`. */
  readonly entry: TarEntry;
  readonly body: AsyncIterable<Uint8Array>;
}

type Event = { readonly entry: TarEntry } | { readonly data: Uint8Array } | { readonly end: true };

const HOLE = Buffer.alloc(64 << 10);

/** Reads an archive of any dialect, uncompressed, member by member in its order. Throws `invalid` with the byte offset. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const events = new EventReader(source);
  try {
    for (let event; (event = await events.next());) {
      if (!('entry' in event)) continue;
      const { sparse, ...plain } = event.entry;
      const pieces = bodyOf(events);
      const entry = sparse ? { ...plain, size: sparse.realSize } : event.entry;
      yield { entry, body: sparse ? withHoles(sparse, pieces) : pieces };
      for await (const _ of pieces); // what was not read
    }
  } finally {
    await events.close();
  }
}

class EventReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly parser: TarParser;
  private events: Event[] = [];
  private at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
    this.parser = new TarParser({
      entry: (entry) => this.events.push({ entry }),
      data: (data) => this.events.push({ data }),
      entryEnd: () => this.events.push({ end: true }),
    });
  }

  /** Undefined at the end. Reads what follows the end marker too, so that a sender is not cut off. */
  async next(): Promise<Event | undefined> {
    while (this.at === this.events.length) {
      this.events = [];
      this.at = 0;
      const chunk = await this.source.next();
      if (chunk.done) {
        this.parser.end();
        return undefined;
      }
      this.parser.push(chunk.value);
    }
    return this.events[this.at++];
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }
}

async function* bodyOf(events: EventReader): AsyncGenerator<Uint8Array> {
  for (let event; (event = await events.next());) {
    if ('end' in event) return;
    if ('data' in event) yield event.data;
  }
}

async function* withHoles(
  sparse: NonNullable<TarEntry['sparse']>,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  const segments = sparse.segments.filter(({ length }) => length > 0).values();
  let left = 0;
  for await (let piece of pieces) {
    while (piece.length > 0) {
      if (left === 0) {
        const { offset, length } = segments.next().value ?? { offset: at, length: piece.length };
        yield* zeros(offset - at);
        [at, left] = [offset, length];
      }
      const part = piece.subarray(0, left);
      yield part;
      at += part.length;
      left -= part.length;
      piece = piece.subarray(part.length);
    }
  }
  yield* zeros(sparse.realSize - at);
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= HOLE.length) yield HOLE.subarray(0, Math.min(left, HOLE.length));
}

import { closeSync, openSync, readSync, watch } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

type Stream = 'stdout' | 'stderr';
type Tell = (stream: Stream, data: Buffer) => void;

const CHUNK = 1 << 16;
/** Read in one go; other work gets its turn after that. */
const TURN = 16;
const newline = 0x0a;
const space = 0x20;
const full = 0x46; // F: the line ended, P: it goes on

/** Tells what a monitor writes to a log (CRI form: `TIME STREAM P|F BYTES\n`) as it comes. Disposing of it reads the rest. */
export class LogFollower implements AsyncDisposable {
  private readonly fd: number;
  private readonly watcher;
  private readonly tell: Tell;
  private readonly buffer = Buffer.allocUnsafeSlow(CHUNK);
  private rest: Buffer = Buffer.alloc(0);
  private reading: Promise<void> | undefined;
  private hasMore = false;

  /** The file must be there. */
  constructor(path: string, tell: Tell) {
    this.tell = tell;
    this.fd = openSync(path, 'r');
    this.watcher = watch(path, { persistent: false }, () => void this.read());
    this.watcher.on('error', () => {}); // what it misses, the end reads
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watcher.close();
    await this.reading;
    await this.read();
    closeSync(this.fd);
  }

  /** Reads to the end of what is there; a call while another one reads makes that one look again. */
  private read(): Promise<void> {
    this.hasMore = true;
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    while (this.hasMore) {
      this.hasMore = false;
      for (let turn = 1; this.readChunk(); turn += 1) if (turn % TURN === 0) await nextTurn();
    }
  }

  private readChunk(): boolean {
    const count = readSync(this.fd, this.buffer, 0, CHUNK, null);
    const chunk = this.buffer.subarray(0, count);
    if (count > 0) this.take(this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk);
    return count > 0;
  }

  private take(data: Buffer): void {
    let at = 0;
    const pieces: Piece[] = [];
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, at)) {
      pieces.push(parseEntry(data.subarray(at, end + 1)));
      at = end + 1;
    }
    this.rest = Buffer.from(data.subarray(at));
    for (const { stream, data: bytes } of mergeRuns(pieces)) this.tell(stream, bytes);
  }
}

interface Piece {
  readonly stream: Stream;
  readonly data: Buffer;
}

function parseEntry(entry: Buffer): Piece {
  const first = entry.indexOf(space);
  const tag = entry.indexOf(space, first + 1) + 1;
  const stream = entry.toString('latin1', first + 1, tag - 1) === 'stderr' ? 'stderr' : 'stdout';
  return { stream, data: entry.subarray(tag + 2, entry[tag] === full ? entry.length : entry.length - 1) };
}

/** Neighbours of the same stream become one piece, copied out of the read buffer. */
function mergeRuns(pieces: readonly Piece[]): Piece[] {
  const merged: { stream: Stream; parts: Buffer[] }[] = [];
  for (const { stream, data } of pieces) {
    const last = merged.at(-1);
    if (last?.stream === stream) last.parts.push(data);
    else merged.push({ stream, parts: [data] });
  }
  return merged.map(({ stream, parts }) => ({ stream, data: Buffer.concat(parts) }));
}

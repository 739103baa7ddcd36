import { closeSync, openSync, readSync, watch } from 'node:fs';

type Tell = (stream: 'stdout' | 'stderr', data: Buffer) => void;

const CHUNK = 1 << 16;
const newline = 0x0a;
const space = 0x20;
const full = 0x46; // F: the line ended, P: it goes on

/** Tells what a monitor writes to a log (CRI form: `TIME STREAM P|F BYTES\n`) as it comes. `finish` reads the rest and ends. */
export class LogFollower {
  private readonly fd: number;
  private readonly watcher;
  private readonly tell: Tell;
  private readonly buffer = Buffer.allocUnsafeSlow(CHUNK);
  private rest: Buffer = Buffer.alloc(0);

  /** The file must be there. */
  constructor(path: string, tell: Tell) {
    this.tell = tell;
    this.fd = openSync(path, 'r');
    this.watcher = watch(path, { persistent: false }, () => this.read());
    this.watcher.on('error', () => {}); // what it misses, `finish` reads
  }

  finish(): void {
    this.watcher.close();
    this.read();
    closeSync(this.fd);
  }

  private read(): void {
    for (let count = this.readChunk(); count > 0; count = this.readChunk()) {
      const chunk = this.buffer.subarray(0, count);
      this.take(this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk);
    }
  }

  private readChunk(): number {
    return readSync(this.fd, this.buffer, 0, CHUNK, null);
  }

  private take(data: Buffer): void {
    let at = 0;
    const pieces: { stream: 'stdout' | 'stderr'; data: Buffer }[] = [];
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, at)) {
      pieces.push(parseEntry(data.subarray(at, end + 1)));
      at = end + 1;
    }
    this.rest = Buffer.from(data.subarray(at));
    for (const { stream, data: bytes } of mergeRuns(pieces)) this.tell(stream, bytes);
  }
}

function parseEntry(entry: Buffer): { stream: 'stdout' | 'stderr'; data: Buffer } {
  const first = entry.indexOf(space);
  const tag = entry.indexOf(space, first + 1) + 1;
  const stream = entry.toString('latin1', first + 1, tag - 1) === 'stderr' ? 'stderr' : 'stdout';
  return { stream, data: entry.subarray(tag + 2, entry[tag] === full ? entry.length : entry.length - 1) };
}

/** Neighbours of the same stream become one piece, copied out of the read buffer. */
function mergeRuns(
  pieces: readonly { stream: 'stdout' | 'stderr'; data: Buffer }[],
): { stream: 'stdout' | 'stderr'; data: Buffer }[] {
  const merged: { stream: 'stdout' | 'stderr'; parts: Buffer[] }[] = [];
  for (const { stream, data } of pieces) {
    const last = merged.at(-1);
    if (last?.stream === stream) last.parts.push(data);
    else merged.push({ stream, parts: [data] });
  }
  return merged.map(({ stream, parts }) => ({ stream, data: Buffer.concat(parts) }));
}

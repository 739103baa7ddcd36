import { Transform, type TransformCallback } from 'node:stream';

const newline = 0x0a;
const space = 0x20;
const full = 0x46; // F: the line ended; P: it goes on

/**
 * Turns conmon's k8s-file form (`TIME STREAM P|F BYTES\n`) back into the bytes that were written. Both streams become one, which is
 * what a terminal has. Bytes are passed on as they come, without waiting for the end of a line.
 */
export class OutputDecoder extends Transform {
  private rest: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: string, callback: TransformCallback): void {
    const data = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, at)) {
      this.push(contentOf(data.subarray(at, end + 1)));
      at = end + 1;
    }
    this.rest = data.subarray(at);
    callback();
  }
}

/** The bytes of one entry, with the line's end when it was complete. */
function contentOf(entry: Buffer): Buffer {
  const tag = entry.indexOf(space, entry.indexOf(space) + 1) + 1;
  return entry.subarray(tag + 2, entry[tag] === full ? entry.length : entry.length - 1);
}

export type StreamName = 'stdin' | 'stdout' | 'stderr';

const HEADER = 8;

const number: Readonly<Record<StreamName, number>> = { stdin: 0, stdout: 1, stderr: 2 };

interface Output {
  readonly stream: StreamName;
  readonly data: Buffer;
}

/**
 * Outputs as frames of `application/vnd.docker.multiplexed-stream`, one for each: stream number, three zero bytes, length as a big-endian
 * 32-bit integer, payload.
 */
export function frames(outputs: readonly Output[]): Buffer {
  let size = 0;
  for (const { data } of outputs) size += HEADER + data.length;
  const result = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { stream, data } of outputs) {
    writeHeader(result, at, stream, data.length);
    result.set(data, at + HEADER);
    at += HEADER + data.length;
  }
  return result;
}

/** What goes before a payload that is written by itself. */
export function frameHeader(stream: StreamName, length: number): Buffer {
  const header = Buffer.alloc(HEADER);
  writeHeader(header, 0, stream, length);
  return header;
}

/** One frame for all that follows each other on the same stream. */
export function frameRuns(outputs: readonly Output[]): Buffer {
  const parts: Uint8Array[] = [];
  let header = Buffer.alloc(0);
  let last: StreamName | undefined;
  let length = 0;
  for (const { stream, data } of outputs) {
    if (stream !== last) {
      header = Buffer.alloc(HEADER);
      parts.push(header);
      [last, length] = [stream, 0];
    }
    parts.push(data);
    length += data.length;
    writeHeader(header, 0, stream, length);
  }
  return Buffer.concat(parts);
}

function writeHeader(bytes: Buffer, at: number, stream: StreamName, length: number): void {
  bytes.writeUInt32BE(number[stream] * 2 ** 24, at);
  bytes.writeUInt32BE(length, at + 4);
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** Clients before 1.42 know only the raw type, whatever is in the stream. */
export const outputType = (tty: boolean, version: number): string =>
  tty || version < 42 ? RAW_STREAM : MULTIPLEXED_STREAM;

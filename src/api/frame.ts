export type StreamName = 'stdin' | 'stdout' | 'stderr';

const HEADER = 8;

const number: Readonly<Record<StreamName, number>> = { stdin: 0, stdout: 1, stderr: 2 };

/**
 * One frame of `application/vnd.docker.multiplexed-stream`: stream number, three zero bytes, length as a big-endian 32-bit
 * integer, payload.
 */
export function frame(stream: StreamName, payload: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(HEADER + payload.length);
  writeHeader(result, stream, payload.length);
  result.set(payload, HEADER);
  return result;
}

/** What goes before a payload that is written by itself. */
export function frameHeader(stream: StreamName, length: number): Buffer {
  const result = Buffer.allocUnsafe(HEADER);
  writeHeader(result, stream, length);
  return result;
}

function writeHeader(bytes: Buffer, stream: StreamName, length: number): void {
  bytes.writeUInt32BE(number[stream] * 2 ** 24, 0);
  bytes.writeUInt32BE(length, 4);
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** Clients before 1.42 know only the raw type, whatever is in the stream. */
export const outputType = (tty: boolean, version: number): string =>
  tty || version < 42 ? RAW_STREAM : MULTIPLEXED_STREAM;

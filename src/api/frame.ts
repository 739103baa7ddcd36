export type StreamName = 'stdin' | 'stdout' | 'stderr';

const number: Readonly<Record<StreamName, number>> = { stdin: 0, stdout: 1, stderr: 2 };

/**
 * One frame of `application/vnd.docker.multiplexed-stream`: stream number, three zero bytes, length as a big-endian 32-bit
 * integer, payload.
 */
export function frame(stream: StreamName, payload: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(8 + payload.length);
  result.fill(0, 0, 4);
  result[0] = number[stream];
  result.writeUInt32BE(payload.length, 4);
  result.set(payload, 8);
  return result;
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** Clients before 1.42 know only the raw type, whatever is in the stream. */
export const outputType = (tty: boolean, version: number): string =>
  tty || version < 42 ? RAW_STREAM : MULTIPLEXED_STREAM;

import type { IncomingMessage } from 'node:http';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { discard } from './answer.ts';
import { pause, pauseBefore } from './backoff.ts';
import type { Connection } from './connection.ts';
import { TransportError } from './transport-error.ts';

/** Failures in a row, without a byte between them, after which a download is given up. */
const FAILURES = 5;

type Open = (offset: number) => Promise<IncomingMessage>;

/** Asks for the bytes of a blob from an offset on. */
export async function openBlob(
  connection: Connection,
  call: { path: string; digest: string; offset: number; signal?: AbortSignal | undefined },
): Promise<IncomingMessage> {
  const { offset } = call;
  return connection.call(`/v2/${call.path}/blobs/${call.digest}`, {
    method: 'GET',
    headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
    ok: offset > 0 ? [200, 206, 416] : [200],
    repeat: true,
    signal: call.signal,
  });
}

/**
 * Streams a blob and takes a broken connection up again at its byte. Servers that ignore the wish to start there, or answer it wrongly, are
 * asked for the whole, and what is there already is skipped.
 */
export async function* readBlob(
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  offset: number,
  open: Open,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = offset;
  let knowsRanges = true;
  for (let failures = 0; at < size;) {
    try {
      const response = await open(knowsRanges ? at : 0);
      const start = startOf(response);
      if (start === undefined || start > at) {
        response.destroy();
        knowsRanges = false;
        continue;
      }
      for await (const chunk of bytesAfter(response, at - start)) {
        at += chunk.length;
        failures = 0;
        if (at > size) throw invalid(`blob ${digest} is longer than the ${size} bytes of its descriptor`);
        yield chunk;
      }
      if (at < size)
        throw new TransportError(
          `the registry sent ${at} of ${size} bytes of blob ${digest}`,
          true,
          undefined,
        );
    } catch (error) {
      signal?.throwIfAborted();
      failures += 1;
      if (failures > FAILURES || !isBroken(error)) throw error;
      await pause(pauseBefore(failures), signal);
    }
  }
}

async function* bytesAfter(response: IncomingMessage, count: number): AsyncGenerator<Buffer> {
  let skip = count;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** The first byte that an answer has; undefined when it has none or does not say. */
function startOf({ statusCode, headers }: IncomingMessage): number | undefined {
  if (statusCode === 200) return 0;
  const [, start] = /^bytes (\d+)-/.exec(statusCode === 206 ? (headers['content-range'] ?? '') : '') ?? [];
  return start === undefined ? undefined : Number(start);
}

/** Whether a transfer was cut, as opposed to refused. */
const isBroken = (error: unknown): boolean =>
  error instanceof EngineError
    ? error instanceof TransportError && error.transient
    : error instanceof Error && 'code' in error;

export async function hasBlob(
  connection: Connection,
  call: { path: string; digest: string; signal?: AbortSignal | undefined },
): Promise<boolean> {
  const response = await connection.call(`/v2/${call.path}/blobs/${call.digest}`, {
    method: 'HEAD',
    ok: [200, 404],
    repeat: true,
    signal: call.signal,
  });
  discard(response);
  return response.statusCode === 200;
}

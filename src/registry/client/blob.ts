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
    ok: offset > 0 ? [200, 206] : [200],
    repeat: true,
    signal: call.signal,
  });
}

/** Streams a blob and takes a broken connection up again at its byte. */
export async function* readBlob(
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  offset: number,
  open: Open,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = offset;
  for (let failures = 0; at < size;) {
    try {
      for await (const chunk of bytesFrom(await open(at), at)) {
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

/** Servers may ignore the wish to start in the middle: then what comes before is skipped. */
async function* bytesFrom(response: IncomingMessage, offset: number): AsyncGenerator<Buffer> {
  let skip = response.statusCode === 206 ? 0 : offset;
  if (response.statusCode === 206 && startOf(response) !== offset) {
    response.destroy();
    throw new EngineError(
      'unavailable',
      `the registry answered a range request for byte ${offset} with ${response.headers['content-range']}`,
    );
  }
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

const startOf = (response: IncomingMessage): number =>
  Number(/^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1] ?? Number.NaN);

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

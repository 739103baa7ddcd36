import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { isAbort } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Answer, Headers } from './call.ts';

/** Writes an answer as an ordinary HTTP response. Never throws: a broken stream ends the connection, so that the client notices. */
export async function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  common: Headers,
  logger: Logger,
): Promise<void> {
  try {
    if (answer.type === 'stream') {
      response.writeHead(answer.status, { ...common, ...answer.headers, 'Content-Type': answer.contentType });
      response.flushHeaders();
      await writeChunks(response, answer.chunks);
      response.end();
    } else if (answer.type === 'duplex') {
      response.writeHead(200, { ...common, 'Content-Type': answer.contentType });
      response.flushHeaders();
      await answer.serve(request, response);
      response.end();
    } else if (answer.type === 'websocket' || answer.type === 'connection') {
      throw new Error('a connection that was not asked for can not be taken over');
    } else {
      const body = bodyOf(answer);
      response.writeHead(answer.status, { ...common, ...answer.headers, ...body?.headers });
      response.end(body?.content);
    }
  } catch (error) {
    if (!isAbort(error) && !response.destroyed)
      logger.warn('answer broke off', { request: `${request.method} ${request.url}`, error });
    response.destroy();
  }
  if (!request.complete) request.resume();
}

/** The body and its headers of an answer that is known as a whole; undefined when it has none. */
export function bodyOf(
  answer: Answer & { type: 'empty' | 'json' | 'text' },
): { content: string; headers: Headers } | undefined {
  if (answer.type === 'empty') return undefined;
  const content = answer.type === 'json' ? `${JSON.stringify(answer.value)}\n` : answer.text;
  const type = answer.type === 'json' ? 'application/json' : 'text/plain; charset=utf-8';
  return { content, headers: { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(content)) } };
}

/** Writes chunks at the reader's pace; returns early when the reader has gone. */
export function writeChunks(output: Writable, chunks: AsyncIterable<Uint8Array | string>): Promise<void> {
  return writeBatches(
    output,
    chunks,
    (held) => held.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)),
    (chunk) => chunk.length,
  );
}

/** Enough for one write to the connection to be worth it. */
const LARGE = 64 << 10;

/** Writes items at the reader's pace. What comes together is encoded and written together: a line costs much less than a write. */
export async function writeBatches<T>(
  output: Writable,
  items: AsyncIterable<T>,
  encode: (held: readonly T[]) => readonly Uint8Array[],
  sizeOf: (item: T) => number,
): Promise<void> {
  let held: T[] = [];
  let size = 0;
  let timer: NodeJS.Immediate | undefined;
  const flush = (): void => {
    clearImmediate(timer);
    timer = undefined;
    if (held.length > 0 && !output.destroyed) output.write(Buffer.concat(encode(held)));
    held = [];
    size = 0;
  };
  try {
    for await (const item of items) {
      held.push(item);
      size += sizeOf(item);
      if (size >= LARGE) flush();
      else timer ??= setImmediate(flush);
      if (output.destroyed) return;
      if (output.writableNeedDrain) await drained(output);
    }
  } finally {
    flush();
  }
}

/** Resolves when a stream takes more, or is gone. */
export async function drained(output: Writable): Promise<void> {
  if (output.destroyed || !output.writableNeedDrain) return;
  const stop = new AbortController();
  const { signal } = stop;
  try {
    await Promise.race([once(output, 'drain', { signal }), once(output, 'close', { signal })]);
  } catch {
    // an error of the stream: its `close` follows, and the caller looks at `destroyed`
  } finally {
    stop.abort();
  }
}

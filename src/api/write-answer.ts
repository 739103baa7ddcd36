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

/** Writes at the reader's pace; returns early when the reader has gone. */
export async function writeChunks(
  output: Writable,
  chunks: AsyncIterable<Uint8Array | string>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (output.destroyed) return;
    if (!output.write(chunk)) await drained(output);
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

import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const PATIENCE = 30_000;

/** One request on a connection of its own. An upgraded connection is closed at once. */
export async function send(socketPath: string, method: string, path: string, sent: Sent): Promise<Received> {
  const json = sent.body !== undefined && typeof sent.body !== 'string' && !Buffer.isBuffer(sent.body);
  const headers = { ...(json && { 'content-type': 'application/json' }), ...sent.headers };
  const signal = AbortSignal.timeout(PATIENCE);
  const outgoing = request({ socketPath, method, path, headers, agent: false, signal });
  outgoing.end(json ? JSON.stringify(sent.body) : (sent.body as string | Buffer | undefined));
  const [response] = (await Promise.race([
    once(outgoing, 'response'),
    once(outgoing, 'upgrade').then(([head, socket]) => {
      (socket as Socket).destroy();
      return [head];
    }),
  ])) as [IncomingMessage];
  const upgraded = response.statusCode === 101;
  const body = upgraded ? Buffer.alloc(0) : Buffer.concat(await Array.fromAsync<Buffer>(response));
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

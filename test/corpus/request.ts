import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';

/** A request at a unix socket. */
export async function send(
  socketPath: string,
  method: string,
  path: string,
  body?: Iterable<Uint8Array>,
): Promise<{ status: number; body: Buffer }> {
  const headers = body ? { 'content-type': 'application/x-tar' } : {};
  const sent = request({ socketPath, method, path, headers, agent: false });
  if (body) Readable.from(body).pipe(sent);
  else sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await buffer(response) };
}

import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** An HTTP server in front of a real registry that can get in the way of single requests; for tests. */
export interface Front extends AsyncDisposable {
  readonly host: string;
  /** `METHOD path` and headers of what came, in order. */
  readonly seen: { line: string; headers: IncomingMessage['headers'] }[];
}

/** Handles a request itself (`true`) or lets it pass. */
export type Interfere = (request: IncomingMessage, response: ServerResponse) => boolean;

export async function startFront(target: string, interfere: Interfere): Promise<Front> {
  const seen: Front['seen'] = [];
  const server: Server = createServer((incoming, response) => {
    seen.push({ line: `${incoming.method} ${incoming.url}`, headers: incoming.headers });
    if (interfere(incoming, response)) return;
    pass(target, incoming, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Forwards to the registry; `cutAfter` breaks the answer off after so many bytes. */
export function pass(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  cutAfter?: number,
): void {
  const [hostname, port] = target.split(':');
  const onward = request({
    hostname,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: incoming.headers,
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    let sent = 0;
    answer.on('data', (chunk: Buffer) => {
      if (cutAfter === undefined) return void response.write(chunk);
      response.write(chunk.subarray(0, Math.max(0, cutAfter - sent)), () => {
        if (sent >= cutAfter) response.destroy();
      });
      sent += chunk.length;
    });
    answer.on('end', () => response.end());
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestIndex extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
}

const results = [
  { name: 'contract/web', description: 'serves', star_count: 7, is_official: true, is_automated: false },
  { name: 'contract/app', description: 'works', star_count: 1, is_official: false, is_automated: false },
];

/** An index as Docker Hub has it: `GET /v1/search`. */
export async function startTestIndex(): Promise<TestIndex> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://index');
    if (url.pathname === '/v1/_ping') return response.end('{"standalone":true}');
    if (url.pathname !== '/v1/search') return response.writeHead(404).end();
    const found = url.searchParams.get('q') === 'nothing' ? [] : results;
    const body = { num_results: found.length, query: url.searchParams.get('q'), results: found };
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

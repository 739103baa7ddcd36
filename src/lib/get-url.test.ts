import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, test } from 'node:test';
import { getUrl } from './get-url.ts';

const { signal } = new AbortController();
const open: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  delete process.env['http_proxy'];
});

async function serve(listener: RequestListener, port = 0): Promise<string | undefined> {
  const server = createServer(listener);
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!listening) return undefined;
  open.push(server);
  return `http://127.0.0.1:${((server as Server).address() as AddressInfo).port}`;
}

test('a port that browsers must not use is one like another', async (context) => {
  // of these any that is free
  for (const port of [6000, 6665, 6666, 6667, 6668, 6669, 10080]) {
    const origin = await serve((_request, response) => void response.end('here'), port);
    if (origin === undefined) continue;
    assert.equal(await text(await getUrl(new URL(origin), { signal })), 'here');
    return;
  }
  context.skip('all these ports are in use');
});

test('redirects are followed, credentials stay with their server', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end('there');
  });
  const origin = await serve((request, response) => {
    seen.push(request.headers.authorization);
    const location = request.url === '/a' ? '/b' : `${other}/c`;
    response.writeHead(302, { location }).end('not this');
  });
  const answer = await getUrl(new URL(`${origin}/a`), { headers: { authorization: 'Basic x' }, signal });
  assert.equal(await text(answer), 'there');
  assert.deepEqual(seen, ['Basic x', 'Basic x', undefined]);
});

test('a circle of redirects ends, and so does one that leaves http', async () => {
  const origin = await serve((request, response) => {
    response.writeHead(302, { location: request.url === '/file' ? 'file:///etc/passwd' : '/' }).end();
  });
  await assert.rejects(getUrl(new URL(`${origin}/`), { signal }), /stopped after 10 redirects/);
  await assert.rejects(getUrl(new URL(`${origin}/file`), { signal }), /unsupported protocol scheme file:/);
});

test('the environment says what goes by a proxy', async () => {
  const proxy = await serve((request, response) => void response.end(`by proxy: ${request.url}`));
  process.env['http_proxy'] = proxy;
  const answer = await getUrl(new URL('http://elsewhere.invalid/x'), { signal });
  assert.equal(await text(answer), 'by proxy: http://elsewhere.invalid/x');
  const direct = await serve((_request, response) => void response.end('direct'));
  assert.equal(await text(await getUrl(new URL(`${direct}/`), { signal })), 'direct');
});

test('whoever waits no longer ends it', async () => {
  const controller = new AbortController();
  const origin = await serve(() => controller.abort(new Error('enough')));
  await assert.rejects(getUrl(new URL(`${origin}/`), { signal: controller.signal }), { name: 'AbortError' });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Download, HttpStore } from './http-store.ts';

let server: Server;
let url = '';
let directory = '';
let store: HttpStore;
let serve: RequestListener = () => {};
let seen: string[] = [];
let count = 0;
const { signal } = new AbortController();

before(async () => {
  directory = mkdtempSync('/tmp/lading-http-');
  server = createServer((request, response) => {
    seen.push(
      `${request.method} ${request.headers['if-none-match'] ?? request.headers['if-modified-since'] ?? '-'}`,
    );
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  seen = [];
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/d/file-${(count += 1)}.txt`;
  store = new HttpStore(join(directory, `store-${count}`));
});

const get = (
  given: { checksum?: string; secrets?: Record<string, string>; url?: string } = {},
): Promise<Download> =>
  store.download(
    { url: given.url ?? url, ...(given.checksum !== undefined && { checksum: given.checksum }) },
    join(directory, `into-${(count += 1)}`),
    {
      signal,
      client: {
        secret: async (id) =>
          given.secrets?.[id] === undefined ? undefined : Buffer.from(given.secrets[id]),
        hasAgent: async () => false,
        connectAgent: async () => {},
      },
    },
  );
const read = async (download: Promise<Download>): Promise<string> =>
  readFileSync((await download).path, 'utf8');
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

test('what has the same ETag is not sent again', async () => {
  serve = (request, response) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else
      response.writeHead(200, { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2009 00:00:00 GMT' }).end('one');
  };
  const first = await get();
  assert.deepEqual(
    { ...first, path: '' },
    { path: '', digest: sha256('one'), name: new URL(url).pathname.slice(3), mtime: 1_230_768_000 },
  );
  assert.equal(await read(get()), 'one');
  assert.deepEqual(seen, ['GET -', 'GET "1"']);
});

test('a server that sends all of it again with the same ETag is not read to its end', async () => {
  serve = (_request, response) => void response.writeHead(200, { etag: '"1"' }).end('x'.repeat(10));
  const first = await get();
  assert.equal((await get()).digest, first.digest);
});

test('without ETag the time counts', async () => {
  serve = (request, response) => {
    if (request.headers['if-modified-since']) response.writeHead(304).end();
    else response.writeHead(200, { 'last-modified': 'Thu, 01 Jan 2009 00:00:00 GMT' }).end('one');
  };
  await get();
  assert.equal(await read(get()), 'one');
  assert.equal(seen[1], 'GET Thu, 01 Jan 2009 00:00:00 GMT');
});

test('what changed is loaded anew, and the old content goes while a build still has it', async () => {
  let text = 'one';
  serve = (_request, response) => void response.writeHead(200, { etag: `"${text}"` }).end(text);
  const old = await get();
  text = 'two';
  assert.equal(await read(get()), 'two');
  assert.equal(readFileSync(old.path, 'utf8'), 'one');
});

test('content of the wanted checksum needs no request', async () => {
  serve = (_request, response) => void response.end('one');
  await get({ checksum: sha256('one') });
  await get({ checksum: sha256('one') });
  assert.equal(seen.length, 1);
  await assert.rejects(
    get({ checksum: sha256('two') }),
    /digest mismatch for .*: sha256:.* \(expected: sha256:/,
  );
});

test('secrets of the client and what stands in the URL are credentials, and in no message', async () => {
  serve = (request, response) => {
    const isKnown = ['Bearer t', 'whole', `Basic ${Buffer.from('me:p@ss').toString('base64')}`].includes(
      request.headers.authorization ?? '',
    );
    response.writeHead(isKnown ? 200 : 403).end('in');
  };
  const { host } = new URL(url);
  assert.equal(await read(get({ secrets: { [`HTTP_AUTH_TOKEN_${host}`]: 't\n' } })), 'in');
  assert.equal(await read(get({ secrets: { [`HTTP_AUTH_HEADER_${host}`]: 'whole' } })), 'in');
  assert.equal(await read(get({ url: url.replace('//', '//me:p%40ss@') })), 'in');
  await assert.rejects(get({ url: url.replace('//', '//me:wrong@') }), (error: Error) => {
    assert.match(error.message, /with status 403 Forbidden/);
    return !error.message.includes('wrong');
  });
});

test('an answer that breaks off leaves nothing', async () => {
  serve = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('x');
    setTimeout(() => response.destroy(), 20);
  };
  await assert.rejects(get());
  serve = (_request, response) => void response.end('whole');
  assert.equal(await read(get()), 'whole');
});

test('what is not used is removed', async () => {
  serve = (_request, response) => void response.end('one');
  const { path } = await get();
  const [directory] = store.kept.list();
  assert.equal(directory?.inUse, false);
  assert.ok((await store.kept.discard(directory.name)) > 0);
  assert.deepEqual(store.kept.list(), []);
  assert.ok(existsSync(path), 'a build has a link');
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exec } from '../../lib/exec.ts';
import { discard } from './answer.ts';
import { Transport } from './transport.ts';

const directory = mkdtempSync(join(tmpdir(), 'lading-tls-'));
const file = (name: string): string => join(directory, name);
let host = '';
let server: Server;

before(async () => {
  const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key')];
  await exec('openssl', ['req', '-x509', ...key, '-out', file('cert'), ...subject]);
  const tls = {
    key: readFileSync(file('key')),
    cert: readFileSync(file('cert')),
    requestCert: true,
    rejectUnauthorized: false,
  };
  server = createServer(tls, (request, response) => {
    response.end(
      (request.socket as import('node:tls').TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

async function get(url: string, options: { caDir?: string; verify?: boolean }): Promise<string> {
  const transport = new Transport(options);
  try {
    const response = await transport.send(new URL(url), { method: 'GET', verify: options.verify ?? true });
    return Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString();
  } finally {
    transport.close();
  }
}

test('a certificate of an unknown authority is refused, unless the host is listed as insecure', async () => {
  await assert.rejects(get(`https://${host}/v2/`, {}), {
    kind: 'unavailable',
    message: `Get "https://${host}/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  });
  assert.equal(await get(`https://${host}/v2/`, { verify: false }), 'nobody');
});

test('an authority and a client certificate in the directory of the host are used', async () => {
  const own = join(directory, 'certs.d', host);
  mkdirSync(own, { recursive: true });
  copyFileSync(file('cert'), join(own, 'ca.crt'));
  assert.equal(await get(`https://${host}/v2/`, { caDir: join(directory, 'certs.d') }), 'nobody');
  copyFileSync(file('cert'), join(own, 'client.cert'));
  await assert.rejects(
    get(`https://${host}/v2/`, { caDir: join(directory, 'certs.d') }),
    /missing key client\.key/,
  );
  copyFileSync(file('key'), join(own, 'client.key'));
  assert.equal(await get(`https://${host}/v2/`, { caDir: join(directory, 'certs.d') }), 'test');
});

test('certificates that come or go while the engine runs are noticed', async () => {
  const caDir = join(directory, 'later.d');
  const transport = new Transport({ caDir });
  const ask = async (): Promise<number | undefined> => {
    const response = await transport.send(new URL(`https://${host}/v2/`), { method: 'GET', verify: true });
    discard(response);
    return response.statusCode;
  };
  await assert.rejects(ask(), /signed by unknown authority/);
  mkdirSync(join(caDir, host), { recursive: true });
  copyFileSync(file('cert'), join(caDir, host, 'ca.crt'));
  assert.equal(await ask(), 200);
  rmSync(join(caDir, host, 'ca.crt'));
  await assert.rejects(ask(), /signed by unknown authority/);
  transport.close();
});

test('a server that wants a certificate is told so in one line', async () => {
  const tls = {
    key: readFileSync(file('key')),
    cert: readFileSync(file('cert')),
    ca: readFileSync(file('cert')),
  };
  const strict = createServer({ ...tls, requestCert: true }).listen(0, '127.0.0.1');
  await once(strict, 'listening');
  const url = `https://127.0.0.1:${(strict.address() as AddressInfo).port}/v2/`;
  await assert.rejects(get(url, { verify: false }), {
    message: `Get "${url}": remote error: tls: certificate required`,
  });
  strict.close();
});

test('plain HTTP where TLS was expected is told in the words of Docker', async () => {
  const plain = createHttpServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const url = `https://127.0.0.1:${(plain.address() as AddressInfo).port}/v2/`;
  await assert.rejects(get(url, {}), {
    message: `Get "${url}": http: server gave HTTP response to HTTPS client`,
  });
  plain.close();
});

test('a server that says nothing is given up, and an aborted request ends with its reason', async () => {
  const silent = createHttpServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/v2/`);
  const transport = new Transport({});
  await assert.rejects(transport.send(url, { method: 'GET', verify: true, silence: 50 }), {
    kind: 'unavailable',
    transient: true,
    message: `Get "${url.href}": connection timed out`,
  });
  const stop = new AbortController();
  const asked = transport.send(url, { method: 'GET', verify: true, signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(asked, { name: 'AbortError' });
  transport.close();
  silent.closeAllConnections();
  silent.close();
});

test('an answer that is cut off is an error for its reader, also when the reader gave up', async () => {
  const half = createHttpServer((_request, response) => {
    response.writeHead(200, { 'content-length': '1000000' });
    response.write(Buffer.alloc(1000));
  }).listen(0, '127.0.0.1');
  await once(half, 'listening');
  const url = new URL(`http://127.0.0.1:${(half.address() as AddressInfo).port}/`);
  const transport = new Transport({});
  const stop = new AbortController();
  const response = await transport.send(url, { method: 'GET', verify: true, signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(Array.fromAsync(response));
  discard(await transport.send(url, { method: 'GET', verify: true }));
  transport.close();
  half.closeAllConnections();
  half.close();
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from '../lib/http.ts';
import { parseAddress } from './address.ts';
import { listenAll } from './listen.ts';

const local = { allowRemote: false };

test('addresses are parsed, and TCP beyond loopback is refused unless allowed', () => {
  assert.deepEqual(parseAddress('unix:///run/x.sock', local), { scheme: 'unix', path: '/run/x.sock' });
  assert.deepEqual(parseAddress('tcp://127.0.0.1:99', local), { scheme: 'tcp', host: '127.0.0.1', port: 99 });
  assert.deepEqual(parseAddress('tcp://[::1]:99', local), { scheme: 'tcp', host: '::1', port: 99 });
  assert.deepEqual(parseAddress('tcp://localhost', local), { scheme: 'tcp', host: 'localhost', port: 2375 });
  for (const open of ['tcp://0.0.0.0:1', 'tcp://[::]:1', 'tcp://example.com:1', 'tcp://10.0.0.1:1'])
    assert.throws(
      () => parseAddress(open, local),
      /refusing to listen on tcp:.*--tlsverify .*--allow-remote /,
    );
  assert.deepEqual(parseAddress('127.0.0.1:99', local), { scheme: 'tcp', host: '127.0.0.1', port: 99 });
  assert.deepEqual(parseAddress('fd://', local), { scheme: 'fd', which: 'all' });
  assert.deepEqual(parseAddress('fd://4', local), { scheme: 'fd', which: 4 });
  assert.deepEqual(parseAddress('tcp://0.0.0.0', { allowRemote: false, tls: {} }), {
    scheme: 'tcp',
    host: '0.0.0.0',
    port: 2376,
  });
  assert.deepEqual(parseAddress('tcp://0.0.0.0:1', { allowRemote: true }), {
    scheme: 'tcp',
    host: '0.0.0.0',
    port: 1,
  });
  for (const bad of [
    '/run/x.sock',
    'unix://rel',
    `unix:///${'x'.repeat(200)}`,
    'http://x',
    'tcp://x/y',
    'fd://x',
    '',
  ])
    assert.throws(() => parseAddress(bad, local), /^EngineError: invalid host /);
});

test('takes the place of a dead socket, but not of a living one or of a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'daemon-listen-'));
  const path = join(directory, 's');
  const listen = (group?: string) =>
    listenAll([{ scheme: 'unix', path }], { makeServer: () => createServer(), ...(group && { group }) });
  try {
    const [first] = await listen();
    assert.equal(statSync(path).mode & 0o777, 0o660);
    await assert.rejects(listen(), /another program does/);
    first?.close();
    const [second] = await listen();
    second?.close();
    await assert.rejects(listen('no-such-group'), /group no-such-group not found/);
    if (process.getuid?.() === 0) {
      const [owned] = await listen('1234');
      assert.equal(statSync(path).gid, 1234);
      owned?.close();
    }
    rmSync(path, { force: true });
    writeFileSync(path, '');
    await assert.rejects(listen(), /something that is no socket is there/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

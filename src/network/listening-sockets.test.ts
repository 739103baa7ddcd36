import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { parseListening, readListeningSockets } from './listening-sockets.ts';

test('listening sockets are read, others left out', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 3 1
`;
  assert.deepEqual(parseListening(table), [
    { address: '127.0.0.1', port: 8080 },
    { address: '0.0.0.0', port: 80 },
  ]);
});

test('IPv6 addresses are written as usual', () => {
  const line = (address: string): string => `   0: ${address}:0050 0:0 0A 0 0`;
  const of = (address: string): string | undefined => parseListening(line(address))[0]?.address;
  assert.equal(of('00000000000000000000000000000000'), '::');
  assert.equal(of('00000000000000000000000001000000'), '::1');
  assert.equal(of('0000000000000000FFFF00000100007F'), '127.0.0.1');
  assert.equal(of('B80D0120000000000000000001000000'), '2001:db8::1');
});

test('the name server of the engine is no program of the container', async (t) => {
  const servers = ['127.0.0.11', '127.0.0.12'].map((host) => createServer().listen(0, host));
  t.after(() => servers.forEach((server) => server.close()));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const addresses = (await readListeningSockets(process.pid)).map(({ address }) => address);
  assert.deepEqual(
    addresses.filter((address) => address.startsWith('127.0.0.1') && address !== '127.0.0.1'),
    ['127.0.0.12'],
  );
});

test('a process that is gone listens nowhere; a socket of this one is found', async () => {
  assert.deepEqual(await readListeningSockets(2 ** 22 + 1), []);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  assert.ok((await readListeningSockets(process.pid)).some((socket) => socket.port === port));
  server.close();
});

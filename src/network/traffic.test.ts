import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { NetworkBench, Outside, until } from './test-bench.ts';
import type { Sandbox } from './types.ts';

/* Needs root. Real packets between namespaces, the host, and what is behind it. */

let bench: NetworkBench;
let server: Sandbox;
let client: Sandbox;

before(async () => {
  bench = await NetworkBench.open();
  server = await bench.open({
    containerName: 'server',
    ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 0 }],
  });
  client = await bench.open({ containerName: 'client' });
  await bench.serve(server, 80, 'hello');
});
after(() => bench[Symbol.asyncDispose]());

const port = () => server.ports[0]?.hostPort ?? 0;

/** On a busy machine an answer may take its time; that there is none takes one try. */
const reaches = (from: Sandbox | Outside, url: string) =>
  until(async () => assert.equal(await bench.get(from, url), 'hello'));

/** Not those of other engines' bridges, which come and go. */
function ownAddresses(): string[] {
  const own = bench.networks.list().map(({ bridge }) => bridge);
  return Object.entries(networkInterfaces())
    .filter(([name]) => own.includes(name) || !/^(?:lx|ld|br-|docker|veth)/.test(name))
    .flatMap(([, list = []]) => list.filter(({ scopeid }) => !scopeid).map(({ address }) => address));
}

test('containers of one network reach each other by address', async () => {
  await reaches(client, `http://${server.endpoints[0]?.ipv4}/`);
});

test('a published port is reached from 127.0.0.1, ::1 and the other addresses of the host', async () => {
  const addresses = ownAddresses();
  assert.ok(addresses.includes('127.0.0.1') && addresses.length > 2);
  for (const address of addresses) {
    const host = address.includes(':') ? `[${address}]` : address;
    const answer = await fetch(`http://${host}:${port()}/`);
    assert.equal(await answer.text(), 'hello', address);
  }
});

test('containers reach a published port through the host, the container itself too', async () => {
  const gateway = server.endpoints[0]?.gateway4;
  await reaches(client, `http://${gateway}:${port()}/`);
  await reaches(server, `http://${gateway}:${port()}/`);
});

test('containers of another network reach published ports but nothing else', async () => {
  await bench.networks.create({ name: 'other', driver: 'bridge' });
  const other = await bench.open({ endpoints: [{ network: 'other' }] });
  const direct = await bench.get(other, `http://${server.endpoints[0]?.ipv4}/`);
  assert.equal(direct, 'silence');
  await reaches(other, `http://${other.endpoints[0]?.gateway4}:${port()}/`);
});

test('a container cannot reach what listens on the loopback address of the host', async (context) => {
  const secret = createServer((_, response) => response.end('secret')).listen(0, '127.0.0.1');
  context.after(() => void secret.close());
  await once(secret, 'listening');
  const { port: secretPort } = secret.address() as AddressInfo;
  await bench.run(
    client,
    'ip',
    'route',
    'add',
    '127.0.0.1',
    'via',
    client.endpoints[0]?.gateway4 ?? '',
    'table',
    '7',
  );
  await bench.run(client, 'ip', 'rule', 'del', 'pref', '0');
  await bench.run(client, 'ip', 'rule', 'add', 'pref', '0', 'lookup', '7');
  await bench.run(client, 'ip', 'rule', 'add', 'pref', '1', 'lookup', 'local');
  await bench.run(client, 'sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1');
  assert.equal(await bench.get(client, `http://127.0.0.1:${secretPort}/`), 'silence');
});

/** Answers each connection with the address that it comes from. */
const mirror = `require('node:http').createServer((q, a) => a.end(q.socket.remoteAddress)).listen(80)`;

test('containers reach the outside with an address of the host', async () => {
  await using outside = await Outside.open();
  await bench.start(outside, process.execPath, '-e', mirror);
  const seen = await until(async () => {
    const answer = await bench.get(client, `http://${outside.address}/`);
    assert.notEqual(answer, 'refused');
    return answer;
  });
  assert.equal(seen.replace('::ffff:', ''), outside.hostAddress);
});

test('a network may leave with an address of its own', async () => {
  await using outside = await Outside.open();
  await bench.start(outside, process.execPath, '-e', mirror);
  const options = { 'com.docker.network.host_ipv4': '172.0.0.172' };
  await bench.networks.create({ name: 'own', driver: 'bridge', options });
  const sandbox = await bench.open({ endpoints: [{ network: 'own' }] });
  await until(async () => {
    const seen = await bench.get(sandbox, `http://${outside.address}/`);
    assert.equal(seen.replace('::ffff:', ''), '172.0.0.172');
  });
});

test('what is outside reaches published ports and nothing else', async () => {
  await using outside = await Outside.open();
  const direct = `http://${server.endpoints[0]?.ipv4}/`;
  await reaches(outside, `http://${outside.hostAddress}:${port()}/`);
  assert.equal(await bench.get(outside, direct), 'silence');
});

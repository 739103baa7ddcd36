import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { encodeAnswer, encodeError, fitUdp, parseQuery, RCODE } from './dns/message.ts';
import { NetworkBench } from './test-bench.ts';
import type { Sandbox } from './types.ts';

/* Needs root. Containers ask the engine's name server in their own namespaces; `Elsewhere` stands for the host's servers. */

/** A name server: `small.example` has one address, `large.example` more than fit into a datagram. */
class Elsewhere {
  readonly asked = { udp: [] as string[], tcp: [] as string[] };
  readonly port: number;
  private readonly udp: Socket;
  private readonly tcp: Server;

  private constructor(udp: Socket, tcp: Server, port: number) {
    this.udp = udp;
    this.tcp = tcp;
    this.port = port;
    udp.on('message', (bytes, from) => udp.send(this.answer(bytes, 'udp'), from.port, from.address));
    tcp.on('connection', (socket) => {
      socket.on('data', (bytes: Buffer) => {
        const answer = this.answer(bytes.subarray(2), 'tcp');
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.end(Buffer.concat([length, answer]));
      });
    });
  }

  static async open(): Promise<Elsewhere> {
    const tcp = createServer().listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address() as { port: number };
    const udp = createSocket('udp4').bind(port, '127.0.0.1');
    await once(udp, 'listening');
    return new Elsewhere(udp, tcp, port);
  }

  close(): void {
    this.udp.close();
    this.tcp.close();
  }

  private answer(bytes: Buffer, transport: 'udp' | 'tcp'): Buffer {
    const query = parseQuery(bytes);
    assert.ok(query);
    this.asked[transport].push(query.name);
    const count = { 'small.example': 1, 'large.example': 60 }[query.name];
    if (!count) return encodeError(query, RCODE.NXDOMAIN);
    const addresses = Array.from({ length: count }, (_, index) => Buffer.from([192, 0, 2, index + 1]));
    const answer = encodeAnswer(query, addresses, 1);
    return transport === 'udp' ? fitUdp({ ...query, udpSize: 512 }, answer) : answer;
  }
}

let bench: NetworkBench;
let elsewhere: Elsewhere;
let client: Sandbox;
let server: Sandbox & { containerId: string };

before(async () => {
  elsewhere = await Elsewhere.open();
  bench = await NetworkBench.open({ dnsPort: elsewhere.port });
  await bench.networks.create({ name: 'shop', driver: 'bridge' });
  const dns = { servers: ['127.0.0.1'] };
  server = await bench.open({
    containerName: 'server',
    hostname: 'box',
    dns,
    endpoints: [{ network: 'shop', aliases: ['db', 'all'] }],
  });
  client = await bench.open({
    containerName: 'client',
    dns,
    endpoints: [{ network: 'shop', aliases: ['all'], links: ['server:store'] }],
  });
});
after(async () => {
  await bench[Symbol.asyncDispose]();
  elsewhere.close();
});

const addressOf = (sandbox: Sandbox) => sandbox.endpoints[0]?.ipv4 ?? '';

test('a container is found by its name, aliases, short id and hostname, in any case', async () => {
  const names = ['server', 'SERVER', 'db', server.containerId.slice(0, 12), 'box', 'server.shop', 'store'];
  for (const name of names) assert.deepEqual(await lookUp(client, name), [addressOf(server)], name);
});

test('a link is a name for its owner alone', async () => {
  assert.equal(await lookUp(server, 'store'), 'NXDOMAIN');
});

test('an alias of several containers gives all, each first in turn', async () => {
  const seen = new Set<string>();
  for (let round = 0; round < 4; round += 1) {
    const found = await lookUp(client, 'all');
    assert.deepEqual([...found].toSorted(), [addressOf(server), addressOf(client)].toSorted());
    seen.add(found[0] ?? '');
  }
  assert.equal(seen.size, 2);
});

test('a known name without IPv6 address has an empty answer, not an unknown name', async () => {
  assert.deepEqual(await lookUp(client, 'server', 'aaaa'), []);
});

test('an address of the network leads back to its name', async () => {
  const output = await bench.run(client, 'busybox', 'nslookup', addressOf(server), '127.0.0.11');
  assert.match(output, /name = server\.shop/);
});

test('other names are asked elsewhere, over UDP and TCP', async () => {
  assert.deepEqual(await lookUp(client, 'small.example'), ['192.0.2.1']);
  assert.equal(elsewhere.asked.udp.includes('small.example'), true);
  const many = await lookUp(client, 'large.example');
  assert.equal(many.length, 60);
  assert.equal(elsewhere.asked.tcp.includes('large.example'), true);
});

test('an unknown name is unknown when nobody elsewhere knows it', async () => {
  assert.equal(await lookUp(client, 'nobody'), 'NXDOMAIN');
});

test('a container of the default bridge has no names', async () => {
  const plain = await bench.open({ containerName: 'plain' });
  assert.doesNotMatch(plain.resolvConf, /127\.0\.0\.11/);
  assert.match(client.resolvConf, /^nameserver 127\.0\.0\.11$/m);
});

test('names follow renames, and end with their containers', async () => {
  const other = await bench.open({ containerName: 'early', endpoints: [{ network: 'shop' }] });
  bench.networks.rename(other.containerId, 'late');
  assert.deepEqual(await lookUp(client, 'late'), [addressOf(other)]);
  assert.equal(await lookUp(client, 'early'), 'NXDOMAIN');
  await bench.networks.release(other.containerId);
  assert.equal(await lookUp(client, 'late'), 'NXDOMAIN');
});

test('a container in internal networks only asks nobody elsewhere', async () => {
  await bench.networks.create({ name: 'vault', driver: 'bridge', internal: true });
  const hidden = await bench.open({ containerName: 'hidden', endpoints: [{ network: 'vault' }] });
  assert.equal(await lookUp(hidden, 'small.example'), 'SERVFAIL');
  assert.deepEqual(await lookUp(hidden, 'hidden'), [addressOf(hidden)]);
});

/** The addresses that a name has for a container, or the error's name. */
async function lookUp(sandbox: Sandbox, name: string, type = 'a'): Promise<string[] | string> {
  const script = `
    const { Resolver } = require('node:dns').promises;
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers(['127.0.0.11']);
    resolver.resolve${type === 'a' ? '4' : '6'}('${name}').then(
      (found) => console.log(JSON.stringify(found)), (error) => console.log(JSON.stringify(error.code)));`;
  const answer = JSON.parse(await bench.run(sandbox, process.execPath, '-e', script)) as string[] | string;
  const codes: Readonly<Record<string, string | string[]>> = {
    ENOTFOUND: 'NXDOMAIN',
    ESERVFAIL: 'SERVFAIL',
    ENODATA: [],
  };
  return typeof answer === 'string' ? (codes[answer] ?? answer) : answer;
}

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { randomId } from '../lib/id.ts';
import { NetworkBench, openDescriptors, Outside, sleep, until } from './test-bench.ts';
import type { PortSpec, Sandbox } from './types.ts';

/* Needs root. */

let bench: NetworkBench;
before(async () => {
  bench = await NetworkBench.open();
});
after(() => bench[Symbol.asyncDispose]());

const port = (fields: Partial<PortSpec> = {}): PortSpec => ({
  protocol: 'tcp',
  containerPort: 80,
  hostIp: '',
  hostPort: 0,
  ...fields,
});

test('a port without address is published on all of both families, as Docker lists it', async () => {
  const { ports } = await bench.open({ ports: [port()] });
  const [first, second] = ports;
  assert.deepEqual([first?.hostIp, second?.hostIp], ['0.0.0.0', '::']);
  assert.equal(first?.hostPort, second?.hostPort);
  assert.ok((first?.hostPort ?? 0) >= 32768);
});

test('a range gives the first port that is free', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port: start } = taken.address() as AddressInfo;
  const range = { hostPort: start, hostPortEnd: start + 20, hostIp: '127.0.0.1' };
  const { ports } = await bench.open({ ports: [port(range)] });
  taken.close();
  assert.equal(ports.length, 1);
  assert.ok((ports[0]?.hostPort ?? 0) > start && (ports[0]?.hostPort ?? 0) <= start + 20);
});

test('a port of another container is refused with its name', async () => {
  const first = await bench.open({ containerName: 'holder', ports: [port()] });
  const hostPort = first.ports[0]?.hostPort ?? 0;
  await assert.rejects(bench.open({ containerName: 'late', ports: [port({ hostPort })] }), {
    message: new RegExp(
      `^driver failed programming external connectivity on endpoint late \\([0-9a-f]{64}\\): ` +
        `Bind for 0\\.0\\.0\\.0:${hostPort} failed: port is already allocated \\(held by container holder\\)$`,
    ),
  });
  await bench.networks.release(first.containerId);
  const again = await bench.open({ containerName: 'late', ports: [port({ hostPort })] });
  assert.equal(again.ports[0]?.hostPort, hostPort);
});

test('a port of a program is refused with its name and pid', async (context) => {
  const server = createServer().listen(0, '0.0.0.0');
  context.after(() => void server.close());
  await once(server, 'listening');
  const { port: hostPort } = server.address() as AddressInfo;
  await assert.rejects(bench.open({ ports: [port({ hostPort })] }), {
    message: new RegExp(
      `failed to bind host port for 0\\.0\\.0\\.0:${hostPort}:10\\.\\d+\\.\\d+\\.\\d+:80/tcp: address already in use ` +
        `\\(held by .+ \\(pid ${process.pid}\\)\\)$`,
    ),
  });
});

test('an address that the host does not have is refused', async () => {
  await assert.rejects(bench.open({ ports: [port({ hostIp: '192.0.2.99', hostPort: 8080 })] }), {
    message: /failed to bind host port for 192\.0\.2\.99:8080:.*: cannot assign requested address$/,
  });
});

test('nothing is left of a container whose second port is taken', async () => {
  const holder = await bench.open({ ports: [port()] });
  await bench.settle();
  const before = await bench.kernelState();
  const descriptors = openDescriptors();
  const taken = holder.ports[0]?.hostPort ?? 0;
  await assert.rejects(bench.open({ ports: [port(), port({ hostPort: taken })] }), /already allocated/);
  assert.equal(await bench.kernelState(), before);
  await bench.settle();
  assert.equal(openDescriptors(), descriptors);
});

test('a UDP port is published, and a client that talks on finds the next container', async () => {
  const first = await echo('one');
  const hostPort = first.ports[0]?.hostPort ?? 0;
  using client = udpClient('udp4');
  await until(async () => assert.equal(await ask(client, hostPort), 'one'));
  await bench.networks.release(first.containerId);
  const second = await echo('two', hostPort);
  await until(async () => assert.equal(await ask(client, hostPort), 'two'));
  assert.notEqual(second.endpoints[0]?.ipv4, first.endpoints[0]?.ipv4);
});

test('a UDP port is reached through ::1 by the proxy', async () => {
  const { ports } = await echo('six');
  using client = udpClient('udp6');
  await until(async () => assert.equal(await ask(client, ports[0]?.hostPort ?? 0, '::1'), 'six'));
});

test('a UDP client that spoke before the port was published reaches the container', async () => {
  await using outside = await Outside.open();
  const probe = await echo('probe');
  const hostPort = probe.ports[0]?.hostPort ?? 0;
  await bench.networks.release(probe.containerId);
  const script = `
    const s = require('node:dgram').createSocket('udp4');
    s.on('message', (m) => { console.log(String(m)); process.exit(); });
    setInterval(() => s.send('x', ${hostPort}, '${outside.hostAddress}'), 50);
    s.on('error', () => {});
    setTimeout(() => process.exit(1), 4000);`;
  const heard = bench.run(outside, process.execPath, '-e', script);
  await sleep(300);
  await echo('found', hostPort);
  assert.equal((await heard).trim(), 'found');
});

test('a process that outlives its sandbox is cut off', async () => {
  const zombie = await echo('dead');
  const hostPort = zombie.ports[0]?.hostPort ?? 0;
  using client = udpClient('udp4');
  await until(async () => assert.equal(await ask(client, hostPort), 'dead'));
  const { containerId } = zombie;
  await bench.networks.release(containerId);
  const heir = await echo('alive', hostPort, containerId);
  assert.equal(heir.endpoints[0]?.ipv4, zombie.endpoints[0]?.ipv4);
  await until(async () => assert.equal(await ask(client, hostPort), 'alive'));
});

test('release leaves no link, rule, listener or descriptor', async () => {
  await bench.settle();
  const [state, count, descriptors] = [
    await bench.kernelState(),
    (await bench.links()).length,
    openDescriptors(),
  ];
  await bench.networks.create({ name: 'passing', driver: 'bridge' });
  for (let round = 0; round < 5; round += 1) {
    const { containerId } = await bench.open({
      endpoints: [{ network: 'passing' }],
      ports: [port(), port({ protocol: 'udp' }), ...(hasSctp ? [port({ protocol: 'sctp' })] : [])],
    });
    await bench.networks.release(containerId);
  }
  await bench.networks.remove('passing');
  await until(async () => {
    assert.equal(await bench.kernelState(), state);
    assert.equal((await bench.links()).length, count);
    assert.equal(openDescriptors(), descriptors);
  });
});

const hasSctp = existsSync('/proc/net/sctp');

test('a port of a protocol that the kernel lacks is refused with what would help', async (context) => {
  if (hasSctp) return context.skip('this kernel has SCTP');
  await assert.rejects(bench.open({ ports: [port({ protocol: 'sctp' })] }), {
    message: /protocol not supported: this kernel has no module sctp; load it with "modprobe sctp"/,
  });
});

function udpClient(type: 'udp4' | 'udp6'): Disposable & Socket {
  const socket = createSocket(type);
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
}

/** A container that answers every datagram with `text`. */
async function echo(
  text: string,
  hostPort = 0,
  containerId = randomId(),
): Promise<Sandbox & { containerId: string }> {
  const ports = [port({ protocol: 'udp', containerPort: 53, hostPort })];
  const sandbox = await bench.open({ containerId, ports });
  const script = `
    const s = require('node:dgram').createSocket('udp4');
    s.on('message', (m, from) => s.send('${text}', from.port, from.address));
    s.bind(53);`;
  await bench.start(sandbox, process.execPath, '-e', script);
  return sandbox;
}

async function ask(client: Disposable & Socket, hostPort: number, host = '127.0.0.1'): Promise<string> {
  const answer = once(client, 'message', { signal: AbortSignal.timeout(300) });
  client.send('?', hostPort, host);
  const [bytes] = (await answer) as [Buffer];
  return String(bytes);
}

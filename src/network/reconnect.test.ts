import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NetworkBench, until } from './test-bench.ts';

/* Needs root. */

let bench: NetworkBench;
before(async () => {
  bench = await NetworkBench.open();
  for (const name of ['alpha', 'beta']) await bench.networks.create({ name, driver: 'bridge' });
});
after(() => bench[Symbol.asyncDispose]());

const port = { protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 0 } as const;
const get = async (hostPort: number | undefined) => (await fetch(`http://127.0.0.1:${hostPort}/`)).text();

test('a running container joins a network and leaves it, with its names and its way out', async () => {
  const server = await bench.open({ containerName: 'server', endpoints: [{ network: 'beta' }] });
  const client = await bench.open({ containerName: 'client', endpoints: [{ network: 'alpha' }] });
  await bench.serve(server, 80, 'hello');
  const lookUp = () => bench.run(client, 'busybox', 'nslookup', 'helper', '127.0.0.11');
  await assert.rejects(lookUp());

  const joined = await bench.networks.connect(server.containerId, { network: 'alpha', aliases: ['helper'] });
  assert.equal(joined.interface, 'eth1');
  assert.match(await lookUp(), new RegExp(joined.ipv4));
  assert.equal(await bench.get(client, `http://${joined.ipv4}/`), 'hello');
  assert.match(
    await bench.run(server, 'ip', 'route', 'show', 'default'),
    /dev eth1/,
    'alpha comes before beta',
  );

  await bench.networks.disconnect(server.containerId, 'alpha');
  assert.equal(await bench.run(server, 'ip', '-o', 'link', 'show', 'eth1').catch(() => 'gone'), 'gone');
  assert.match(await bench.run(server, 'ip', 'route', 'show', 'default'), /dev eth0/);
  await assert.rejects(lookUp());
  assert.equal(bench.networks.endpointsOf(server.containerId).length, 1);
});

test('a container with a default route of its own keeps it, and joins no network that would replace it', async () => {
  for (const name of ['inside', 'inside2'])
    await bench.networks.create({ name, driver: 'bridge', internal: true });
  const sandbox = await bench.open({ endpoints: [{ network: 'inside' }] });
  await bench.run(sandbox, 'ip', 'route', 'add', 'default', 'dev', 'eth0');
  await assert.rejects(
    bench.networks.connect(sandbox.containerId, { network: 'alpha' }),
    /failed to set gateway: file exists/,
  );
  assert.equal(bench.networks.endpointsOf(sandbox.containerId).length, 1);
  await assert.rejects(bench.run(sandbox, 'ip', 'link', 'show', 'eth1'));
  await bench.networks.connect(sandbox.containerId, { network: 'inside2' });
  assert.match(await bench.run(sandbox, 'ip', 'route', 'show', 'default'), /dev eth0/);
  await bench.run(sandbox, 'ip', 'route', 'delete', 'default');
  const joined = await bench.networks.connect(sandbox.containerId, { network: 'alpha' });
  assert.match(
    await bench.run(sandbox, 'ip', 'route', 'show', 'default'),
    new RegExp(`dev ${joined.interface}`),
  );
});

test('published ports follow the way out', async () => {
  const server = await bench.open({ endpoints: [{ network: 'beta' }], ports: [port] });
  await bench.serve(server, 80, 'follows');
  const hostPort = server.ports[0]?.hostPort;
  assert.equal(await get(hostPort), 'follows');
  await bench.networks.connect(server.containerId, { network: 'alpha' });
  assert.equal(await get(hostPort), 'follows');
  await bench.networks.disconnect(server.containerId, 'beta');
  assert.equal(await get(hostPort), 'follows');
  assert.equal(await (await fetch(`http://[::1]:${hostPort}/`)).text(), 'follows');
  await bench.networks.release(server.containerId);
  await until(() => assert.rejects(get(hostPort)));
});

test('a container of the default bridge gets a name server with its first network of names', async () => {
  const plain = await bench.open({ containerName: 'plain' });
  assert.doesNotMatch(bench.networks.resolvConfOf(plain.containerId) ?? '', /127\.0\.0\.11/);
  await bench.networks.connect(plain.containerId, { network: 'alpha' });
  assert.match(bench.networks.resolvConfOf(plain.containerId) ?? '', /nameserver 127\.0\.0\.11/);
  assert.match(
    await bench.run(plain, 'busybox', 'nslookup', 'plain', '127.0.0.11'),
    /Name:\s+plain\nAddress: \d+\.\d+\./,
  );
});

test('a container starts in several networks; the highest priority is its way out', async () => {
  const both = await bench.open({
    endpoints: [{ network: 'alpha' }, { network: 'beta', gatewayPriority: 5 }],
  });
  assert.deepEqual(
    both.endpoints.map((endpoint) => endpoint.interface),
    ['eth0', 'eth1'],
  );
  assert.match(await bench.run(both, 'ip', 'route', 'show', 'default'), /dev eth1/);
});

test('joining is refused where the container is already, and to host and none', async () => {
  const { containerId } = await bench.open({ containerName: 'once', endpoints: [{ network: 'alpha' }] });
  const join = (network: string) => bench.networks.connect(containerId, { network });
  await assert.rejects(join('alpha'), {
    kind: 'forbidden',
    message: 'endpoint with name once already exists in network alpha',
  });
  await assert.rejects(join('host'), /^EngineError: cannot connect container to host network/);
  await assert.rejects(join('none'), /in private \(none\) mode$/);
  await assert.rejects(bench.networks.disconnect(containerId, 'beta'), {
    message: `container ${containerId} is not connected to network beta`,
  });
});

test('a container without network has only a loopback interface', async () => {
  const none = await bench.open({ endpoints: [{ network: 'none' }] });
  const links = (await bench.run(none, 'ip', '-o', 'link')).trim().split('\n');
  assert.deepEqual([links.length, none.endpoints[0]?.ipv4], [1, '']);
  assert.match(links[0] ?? '', /lo: <LOOPBACK,UP/);
});

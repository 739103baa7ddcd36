import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, test } from 'node:test';
import { isRoot, openWorld, type World } from './testing/open-world.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

async function outputOf(command: string, spec: object): Promise<string> {
  const id = await world.run(command, spec);
  await world.exitOf(id);
  return world.output(id);
}

test('host, none and another container’s network', options, async () => {
  assert.equal(await outputOf('hostname', { networkMode: 'host' }), `${hostname()}\n`);
  assert.equal(await outputOf('ls /sys/class/net', { networkMode: 'none' }), 'lo\n');
  const donor = await world.run(['sleep', '1000'], { hostname: 'donor' }, 'donor');
  const seen = await outputOf('hostname; cat /etc/hosts; ip -o addr show eth0', {
    networkMode: 'container:donor',
  });
  const [endpoint] = world.containers.get(donor).endpoints;
  assert.ok(endpoint);
  assert.match(seen, new RegExp(`^donor\n[^]*${endpoint.ipv4}\tdonor\n[^]*inet ${endpoint.ipv4}/`));
  await world.containers.remove(donor, { force: true });
});

test('joining what does not run is refused', options, async () => {
  const donor = await world.create(['true']);
  const id = await world.create(['true'], { networkMode: `container:${donor}` });
  await assert.rejects(
    world.containers.start(id),
    /cannot join network namespace of a non running container/,
  );
  const { state } = world.containers.get(id);
  assert.ok(state.status === 'created' && state.exitCode === 128);
});

test(
  'names resolve in a network of one’s own; containers join and leave it while they run',
  options,
  async () => {
    await world.networks.create({ name: 'own', driver: 'bridge' });
    const server = await world.run(
      'echo hello >/var/www/index.html; httpd -f -p 80 -h /var/www',
      { networkMode: 'own' },
      'web',
    );
    const ask = 'for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://web/ && break; sleep 0.1; done';
    assert.equal(await outputOf(ask, { networkMode: 'own' }), 'hello\n');
    const other = await world.run(['sleep', '1000']);
    await world.containers.connect(other, { network: 'own', aliases: ['also'] });
    assert.deepEqual(
      world.containers.get(other).endpoints.map(({ networkName }) => networkName),
      ['bridge', 'own'],
    );
    await world.containers.disconnect(other, 'own', false);
    assert.deepEqual(
      world.containers.get(other).spec.endpoints.map(({ network }) => network),
      ['bridge'],
    );
    await assert.rejects(world.containers.disconnect(other, 'own', false), /is not connected to/);
    await world.containers.rename(server, 'renamed');
    assert.equal(await outputOf('wget -qO- http://renamed/', { networkMode: 'own' }), 'hello\n');
    await world.containers.remove(server, { force: true });
    await world.containers.remove(other, { force: true });
  },
);

test('links on the default bridge name the other and tell its ports', options, async () => {
  const db = await world.run(['sleep', '1000'], { exposedPorts: [{ port: 5432, protocol: 'tcp' }] }, 'db');
  const ip = world.containers.get(db).endpoints[0]?.ipv4;
  const text = await outputOf('cat /etc/hosts; env', {
    links: ['db:store'],
    extraHosts: ['far:10.1.2.3', 'gw:host-gateway'],
  });
  assert.match(text, new RegExp(`\n${ip}\tstore `));
  assert.match(text, /\n10\.1\.2\.3\tfar\n\d+\.\d+\.\d+\.1\tgw\n/);
  assert.match(text, new RegExp(`\nSTORE_PORT_5432_TCP_ADDR=${ip}\n`));
  await world.containers.remove(db, { force: true });
});

test('published ports are free again when who waits is told', options, async () => {
  const ports = [{ protocol: 'tcp', containerPort: 80, hostIp: '127.0.0.1', hostPort: 0 }] as const;
  const id = await world.run(['sleep', '1000'], { ports });
  const port = world.containers.get(id).ports[0]?.hostPort ?? 0;
  const same = [{ ...ports[0], hostPort: port }];
  const second = await world.create(['sleep', '1000'], { ports: same });
  await assert.rejects(world.containers.start(second), /port is already allocated/);
  await world.containers.kill(id);
  await world.containers.start(second);
  await world.containers.remove(second, { force: true });
});

test('shared memory is shared by those who say so', options, async () => {
  const donor = await world.run('echo secret >/dev/shm/x; sleep 1000', { ipcMode: 'shareable' });
  const wait = 'for i in 1 2 3 4 5 6 7 8 9; do [ -s /dev/shm/x ] && break; sleep 0.1; done;';
  assert.equal(await outputOf(`${wait} cat /dev/shm/x`, { ipcMode: `container:${donor}` }), 'secret\n');
  const closed = await world.run(['sleep', '1000']);
  const id = await world.create(['true'], { ipcMode: `container:${closed}` });
  await assert.rejects(world.containers.start(id), /non-shareable IPC/);
});

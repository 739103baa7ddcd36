import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exec } from '../lib/exec.ts';
import { KernelNames } from './names.ts';
import { NetworkBench, until } from './test-bench.ts';
import type { NetworkSpec } from './types.ts';

/* Needs root. */

let bench: NetworkBench;
before(async () => {
  bench = await NetworkBench.open();
});
after(() => bench[Symbol.asyncDispose]());

const spec = (fields: Partial<NetworkSpec> & { name: string }): NetworkSpec => ({
  driver: 'bridge',
  ...fields,
});
const create = (fields: Partial<NetworkSpec> & { name: string }) => bench.networks.create(spec(fields));

test('bridge, host and none are there and stay', async () => {
  const names = bench.networks.list().map(({ name, driver }) => `${name} ${driver}`);
  assert.deepEqual(names.toSorted(), ['bridge bridge', 'host host', 'none null']);
  for (const name of ['bridge', 'host', 'none']) {
    await assert.rejects(bench.networks.remove(name), {
      kind: 'forbidden',
      message: `${name} is a pre-defined network and cannot be removed`,
    });
  }
});

test('a network is found by name, id, and the beginning of its id', async () => {
  const network = await create({ name: 'findable' });
  for (const key of ['findable', network.id, network.id.slice(0, 12)]) {
    assert.equal(bench.networks.get(key).id, network.id);
  }
  assert.throws(() => bench.networks.get('nowhere'), {
    kind: 'not-found',
    message: 'network nowhere not found',
  });
});

test('a bad wish is refused in the words of Docker', async () => {
  await create({ name: 'twice', pools: [{ subnet: '10.211.0.0/24' }] });
  const cases: [Partial<NetworkSpec>, string, RegExp][] = [
    [{ name: 'twice' }, 'conflict', /^network with name twice already exists$/],
    [{ name: 'bridge' }, 'forbidden', /^operation is not permitted on predefined bridge network $/],
    [{ name: '' }, 'invalid', /^invalid name: name is empty$/],
    [{ driver: 'host' }, 'forbidden', /^only one instance of "host" network is allowed$/],
    [
      { pools: [{ subnet: '10.211.0.128/25' }] },
      'forbidden',
      /Pool overlaps with other one on this address space$/,
    ],
    [
      { pools: [{ subnet: '10.212.0.0/33' }] },
      'invalid',
      /invalid subnet 10.212.0.0\/33: invalid CIDR block/,
    ],
    [{ pools: [{ subnet: '10.212.0.1/24' }] }, 'invalid', /10.212.0.1\/24: it should be 10.212.0.0\/24$/],
    [
      { pools: [{ subnet: '10.212.0.0/24', gateway: '10.9.0.1' }] },
      'invalid',
      /gateway 10.9.0.1: parent subnet/,
    ],
    [{ options: { 'com.docker.network.driver.mtu': 'big' } }, 'invalid', /failed to parse .*mtu value: big/],
  ];
  for (const [fields, kind, message] of cases) {
    await assert.rejects(create({ name: 'wrong', ...fields }), { kind, message });
  }
  assert.equal(bench.networks.find('wrong'), undefined);
});

test('a network with containers stays, and goes with its bridge when they are gone', async () => {
  const network = await create({ name: 'busy' });
  const { containerId, endpoints } = await bench.open({
    containerName: 'inside',
    endpoints: [{ network: 'busy' }],
  });
  await assert.rejects(bench.networks.remove('busy'), {
    kind: 'forbidden',
    message: `error while removing network: network busy has active endpoints (name:"inside" id:"${endpoints[0]?.id.slice(0, 12)}")`,
  });
  await bench.networks.release(containerId);
  await bench.networks.remove('busy');
  const { status } = await exec('ip', ['link', 'show', network.bridge], { okStatus: [0, 1] });
  assert.equal(status, 1);
});

test('prune removes what nobody uses and the filter admits', async () => {
  await create({ name: 'old', labels: { keep: 'no' } });
  await create({ name: 'kept' });
  assert.deepEqual(await bench.networks.prune(({ labels }) => labels['keep'] === 'no'), ['old']);
  assert.ok(bench.networks.find('kept'));
});

test('addresses: given ones, the range, and the end of the range', async () => {
  await create({
    name: 'small',
    pools: [{ subnet: '10.213.0.0/24', ipRange: '10.213.0.8/30', gateway: '10.213.0.1' }],
  });
  const open = (ipv4?: string) =>
    bench
      .open({ endpoints: [{ network: 'small', ...(ipv4 && { ipv4 }) }] })
      .then(({ endpoints }) => endpoints[0]?.ipv4);
  assert.equal(await open('10.213.0.9'), '10.213.0.9');
  await assert.rejects(open('10.213.0.9'), { message: 'Address already in use' });
  await assert.rejects(
    open('10.99.0.9'),
    /no configured subnet or ip-range contain the IP address 10.99.0.9$/,
  );
  assert.deepEqual([await open(), await open(), await open()], ['10.213.0.8', '10.213.0.10', '10.213.0.11']);
  await assert.rejects(
    open(),
    /^EngineError: no available IPv4 addresses on this network's address pools: small \(/,
  );
});

test('an unspecified subnet stands for any of its size', async () => {
  const { pools } = await bench.networks.create({
    name: 'sized',
    driver: 'bridge',
    enableIpv6: true,
    pools: [{ subnet: '0.0.0.0/27' }, { subnet: '::/120' }],
  });
  assert.match(pools[0]?.subnet ?? '', /^10\.\d+\.\d+\.\d+\/27$/);
  assert.match(pools[1]?.subnet ?? '', /^fd[\da-f:]+\/120$/);
  const sandbox = await bench.open({ endpoints: [{ network: 'sized' }] });
  assert.equal(sandbox.endpoints[0]?.prefix4, 27);
});

test('two addresses are enough for two containers where the bridge has none', async () => {
  for (const [name, option] of [
    ['inhibited', { 'com.docker.network.bridge.inhibit_ipv4': 'true' }],
    ['isolated', { 'com.docker.network.bridge.gateway_mode_ipv4': 'isolated' }],
  ] as const) {
    const pools = [{ subnet: '192.168.135.0/31' }];
    await bench.networks.create({ name, driver: 'bridge', internal: true, pools, options: option });
    const endpoints = [{ network: name }];
    const [one, other] = [await bench.open({ endpoints }), await bench.open({ endpoints })];
    await bench.run(one, 'busybox', 'ping', '-c1', '-W3', other.endpoints[0]?.ipv4 ?? '');
    for (const { containerId } of [one, other]) await bench.networks.release(containerId);
    await bench.networks.remove(name);
  }
});

test('a network may have packets too short for IPv6', async () => {
  await bench.networks.create({
    name: 'short',
    driver: 'bridge',
    options: { 'com.docker.network.driver.mtu': '1234' },
  });
  const sandbox = await bench.open({ endpoints: [{ network: 'short' }] });
  assert.match(await bench.run(sandbox, 'ip', 'link', 'show', 'eth0'), / mtu 1234 /);
});

test('a restart keeps the address, another container does not get it at once', async () => {
  await create({ name: 'steady' });
  const ipv4 = async (containerId?: string) => {
    const sandbox = await bench.open({
      ...(containerId && { containerId }),
      endpoints: [{ network: 'steady' }],
    });
    return { containerId: sandbox.containerId, address: sandbox.endpoints[0]?.ipv4 };
  };
  const first = await ipv4();
  await bench.networks.release(first.containerId);
  const other = await ipv4();
  assert.notEqual(other.address, first.address);
  assert.equal((await ipv4(first.containerId)).address, first.address);
});

test('containers of a network without ICC reach the host but not each other', async () => {
  await create({ name: 'apart', options: { 'com.docker.network.bridge.enable_icc': 'false' } });
  const [one, two] = [
    await bench.open({ endpoints: [{ network: 'apart' }] }),
    await bench.open({ endpoints: [{ network: 'apart' }] }),
  ];
  const ping = (address = '') => bench.run(two, 'busybox', 'ping', '-c', '1', '-W', '1', address);
  await assert.rejects(ping(one.endpoints[0]?.ipv4));
  await ping(one.endpoints[0]?.gateway4);
});

test('a network with IPv6 gives addresses of both families, and publishes to both', async () => {
  await create({ name: 'six', enableIpv6: true });
  const port = { protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 0 } as const;
  const [server, client] = [
    await bench.open({ endpoints: [{ network: 'six' }], ports: [port] }),
    await bench.open({ endpoints: [{ network: 'six' }] }),
  ];
  await bench.serve(server, 80, 'both');
  const { ipv4, ipv6, gateway6 } = server.endpoints[0] ?? {};
  assert.match(ipv6 ?? '', /^fd[0-9a-f]{2}:/);
  await until(async () => assert.equal(await bench.get(client, `http://[${ipv6}]/`), 'both'));
  assert.equal(await bench.get(client, `http://${ipv4}/`), 'both');
  assert.equal(await bench.get(client, `http://[${gateway6}]:${server.ports[1]?.hostPort}/`), 'both');
});

test('a bridge that somebody else made is used and left', async (context) => {
  const name = `tb${process.pid}`;
  await exec('ip', ['link', 'add', name, 'type', 'bridge']);
  context.after(() => exec('ip', ['link', 'delete', name]));
  const network = await create({ name: 'lent', options: { 'com.docker.network.bridge.name': name } });
  assert.equal(network.bridge, name);
  const { containerId, ...sandbox } = await bench.open({ endpoints: [{ network: 'lent' }] });
  await bench.run(sandbox, 'busybox', 'ping', '-c', '1', sandbox.endpoints[0]?.gateway4 ?? '');
  await bench.networks.release(containerId);
  await bench.networks.remove('lent');
  await exec('ip', ['link', 'show', name]);
  const options = { 'com.docker.network.bridge.name': 'lo' };
  await assert.rejects(create({ name: 'wrong', options }), /existing interface lo is not a bridge$/);
});

test('engines side by side have different names and different subnets', async () => {
  await using other = await NetworkBench.open({ name: `ladu${process.pid}` });
  const [mine, theirs] = [await bench.open(), await other.open()];
  assert.notEqual(mine.endpoints[0]?.gateway4, theirs.endpoints[0]?.gateway4);
  assert.notEqual(bench.networks.get('bridge').bridge, other.networks.get('bridge').bridge);
  const network = await other.networks.create(spec({ name: 'far' }));
  const taken = bench.networks.list().flatMap(({ pools }) => pools.map(({ subnet }) => subnet));
  assert.ok(!taken.includes(network.pools[0]?.subnet ?? ''));
});

test('interface names fit the kernel, and no engine sees those of another as its own', () => {
  const engines = ['lading', 'ladt1', 'ladt2', 'x'].map((name) => new KernelNames(name));
  const id = 'd'.repeat(64);
  for (const names of engines) {
    for (const name of [names.defaultBridge, names.bridge(id), names.veth(36 ** 5 - 1)]) {
      assert.ok(name.length <= 15, name);
      const owners = engines.filter((other) => other.isBridge(name) || other.isVeth(name));
      assert.deepEqual(owners, [names], name);
    }
  }
});

test('rules that something else removes are made again', async () => {
  const port = { protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 0 } as const;
  const { ports } = await bench.open({ ports: [port] });
  const before = await bench.kernelState();
  await exec('nft', ['delete', 'table', 'inet', bench.name]);
  const next = await bench.open({ ports: [port] });
  await bench.networks.release(next.containerId);
  await until(async () => assert.equal(await bench.kernelState(), before));
  assert.equal(ports.length, 2);
});

test('a subnet that the host has elsewhere is taken as wished, and told', async () => {
  const pools = [{ subnet: '10.214.0.0/24' }];
  await create({ name: 'first', pools });
  await using other = await NetworkBench.open({ name: `ladu${process.pid}` });
  await other.networks.create(spec({ name: 'second', pools }));
  assert.match(
    other.networks.warningOf('second'),
    /^the subnet of network second overlaps with 10\.214\.0\.0\/24 of this host \(\S+\), which its containers can't reach/,
  );
  await other.networks.create(spec({ name: 'alone', pools: [{ subnet: '10.215.0.0/24' }] }));
  assert.equal(other.networks.warningOf('alone'), '');
});

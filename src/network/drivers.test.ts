import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exec } from '../lib/exec.ts';
import { NetworkBench, Outside, until } from './test-bench.ts';
import type { EndpointSpec, NetworkSpec, Sandbox } from './types.ts';

/* Needs root. */

let bench: NetworkBench;
const parent = `tp${process.pid}`;

before(async () => {
  bench = await NetworkBench.open();
  await exec('ip', ['link', 'add', parent, 'type', 'veth', 'peer', 'name', `${parent}x`]);
  for (const name of [parent, `${parent}x`]) await exec('ip', ['link', 'set', name, 'up']);
});
after(async () => {
  await bench[Symbol.asyncDispose]();
  await exec('ip', ['link', 'delete', parent], { okStatus: [0, 1] });
});

const create = (fields: Partial<NetworkSpec> & { name: string }) =>
  bench.networks.create({ driver: 'bridge', ...fields });
const open = (network: string, spec: Partial<EndpointSpec> = {}) =>
  bench.open({ endpoints: [{ network, ...spec }] });
const ip = async (sandbox: Sandbox, ...args: string[]) => (await bench.run(sandbox, 'ip', ...args)).trim();
const ping = (from: Sandbox, to = '') => bench.run(from, 'busybox', 'ping', '-c', '1', '-W', '1', to);

/** The reason to skip, or undefined: asked of the kernel. */
async function lacks(kind: string): Promise<string | undefined> {
  const { stderr } = await exec(
    'ip',
    ['link', 'add', `${parent}k`, 'link', parent, 'type', kind, ...(kind === 'vlan' ? ['id', '9'] : [])],
    { okStatus: [0, 1, 2] },
  );
  await exec('ip', ['link', 'delete', `${parent}k`], { okStatus: [0, 1] });
  return /not supported|Unknown/.test(stderr) ? `this kernel has no ${kind}` : undefined;
}

test('macvlan: containers on an interface of the host, with addresses of several subnets', async (context) => {
  const reason = await lacks('macvlan');
  if (reason) return context.skip(reason);
  const pools = [{ subnet: '10.221.0.0/30', gateway: '10.221.0.1' }, { subnet: '10.222.0.0/24' }];
  await create({ name: 'mac', driver: 'macvlan', pools, options: { parent } });
  const [one, two] = [await open('mac'), await open('mac')];
  const chosen = await open('mac', { ipv4: '10.222.0.77' });
  assert.equal(one.endpoints[0]?.ipv4, '10.221.0.2');
  assert.equal(two.endpoints[0]?.ipv4, '10.222.0.2');
  assert.match(await ip(one, 'route'), /^default via 10\.221\.0\.1 dev eth0/);
  await ping(two, '10.222.0.77');
  await bench.networks.connect(two.containerId, { network: 'bridge' });
  assert.match(await ip(two, '-o', 'link'), /eth0.*\n.*eth1/);
  await bench.networks.disconnect(two.containerId, 'mac');
  assert.doesNotMatch(await ip(two, '-o', 'link'), /eth0/);
  assert.ok(chosen.endpoints[0]?.mac);
});

test('macvlan: a parent in passthru mode is for one network and one container', async (context) => {
  const reason = await lacks('macvlan');
  if (reason) return context.skip(reason);
  const shared = bench.networks.find('mac');
  for (const { containerId } of shared?.endpoints.values() ?? []) await bench.networks.release(containerId);
  if (shared) await bench.networks.remove('mac');
  const options = { parent, macvlan_mode: 'passthru' };
  const network = await create({ name: 'pass', driver: 'macvlan', options });
  await assert.rejects(create({ name: 'second', driver: 'macvlan', options: { parent } }), {
    message: `macvlan network ${network.id} is already using parent interface ${parent} in mode passthru`,
  });
  const first = await open('pass');
  await assert.rejects(
    open('pass'),
    /^EngineError: failed to create the macvlan port: device or resource busy/,
  );
  await bench.networks.release(first.containerId);
  const next = await open('pass');
  await bench.networks.release(next.containerId);
  await bench.networks.remove('pass');
  await exec('ip', ['link', 'show', parent]);
});

test('macvlan: networks with ranges of their own share a subnet, and no address', async (context) => {
  const reason = await lacks('macvlan');
  if (reason) return context.skip(reason);
  const [subnet, driver] = ['10.227.0.0/24', 'macvlan'] as const;
  const pools = (ipRange?: string) => [{ subnet, ...(ipRange !== undefined && { ipRange }) }];
  await create({ name: 'half', driver, pools: pools('10.227.0.0/25') });
  await create({ name: 'whole', driver, pools: pools() });
  const overlap = { message: 'invalid pool request: Pool overlaps with other one on this address space' };
  await assert.rejects(create({ name: 'again', driver, pools: pools() }), overlap);
  await assert.rejects(create({ name: 'bridged', pools: pools('10.227.0.128/25') }), overlap);
  assert.equal((await open('half')).endpoints[0]?.ipv4, '10.227.0.1');
  assert.equal((await open('whole')).endpoints[0]?.ipv4, '10.227.0.2');
  assert.deepEqual(bench.networks.get('half').usage(), [{ subnet, used: 4n, free: 125n }]);
  assert.deepEqual(bench.networks.get('whole').usage(), [{ subnet, used: 4n, free: 252n }]);
});

test('macvlan: no address is set aside for a gateway that nobody reaches; there may be none at all', async (context) => {
  const reason = await lacks('macvlan');
  if (reason) return context.skip(reason);
  await create({ name: 'pair', driver: 'macvlan', pools: [{ subnet: '10.228.0.0/31' }] });
  const [one, two] = [await open('pair'), await open('pair')];
  await ping(one, two.endpoints[0]?.ipv4);
  await create({ name: 'bare', driver: 'macvlan', enableIpv4: false });
  assert.doesNotMatch(await ip(await open('bare'), 'address', 'show', 'dev', 'eth0'), /inet/);
});

test('macvlan without a parent: containers reach each other, and nothing else', async (context) => {
  const reason = await lacks('macvlan');
  if (reason) return context.skip(reason);
  const network = await create({ name: 'alone', driver: 'macvlan' });
  const [one, two] = [await open('alone'), await open('alone')];
  await until(() => ping(one, two.endpoints[0]?.ipv4));
  assert.doesNotMatch(await ip(one, 'route'), /default/);
  for (const { containerId } of [one, two]) await bench.networks.release(containerId);
  await bench.networks.remove('alone');
  assert.equal((await exec('ip', ['link', 'show', network.bridge], { okStatus: [0, 1] })).status, 1);
});

for (const [driver, module] of [
  ['macvlan', 'macvlan'],
  ['ipvlan', 'ipvlan'],
] as const) {
  test(`${driver}: where the kernel lacks it, the error names the module and what to do`, async (context) => {
    if (!(await lacks(driver))) return context.skip(`this kernel has ${driver}`);
    await assert.rejects(create({ name: 'missing', driver, options: { parent } }), {
      message: `the network driver ${driver}: operation not supported: this kernel has no module ${module}; load it with "modprobe ${module}", or install a kernel that has it`,
    });
    assert.equal(bench.networks.find('missing'), undefined);
  });
}

test('ipvlan: containers share the hardware address of the interface, in l3 without a gateway', async (context) => {
  const reason = await lacks('ipvlan');
  if (reason) return context.skip(reason);
  await create({ name: 'ipv', driver: 'ipvlan', options: { parent, ipvlan_mode: 'l3' } });
  const [one, two] = [await open('ipv'), await open('ipv')];
  assert.equal(one.endpoints[0]?.mac, '');
  assert.match(await ip(one, 'route'), /^default dev eth0/);
  await ping(one, two.endpoints[0]?.ipv4);
});

test('a tagged interface is made for a network and goes with it', async (context) => {
  const name = `${parent}.12`;
  const make = () => create({ name: 'tagged', driver: 'macvlan', options: { parent: name } });
  if (await lacks('vlan')) {
    await assert.rejects(
      make(),
      /failed to create .*\.12 vlan link: operation not supported: this kernel has no module 8021q/,
    );
    return context.skip('the rest: this kernel has no vlan');
  }
  await make();
  await exec('ip', ['link', 'show', name]);
  await bench.networks.remove('tagged');
  assert.equal((await exec('ip', ['link', 'show', name], { okStatus: [0, 1] })).status, 1);
});

test('wrong options of macvlan and ipvlan are refused in the words of Docker', async () => {
  const cases: [Partial<NetworkSpec>, RegExp][] = [
    [
      { driver: 'macvlan', options: { macvlan_mode: 'x' } },
      /requested macvlan mode 'x' is not valid, 'bridge' mode is the macvlan driver default$/,
    ],
    [
      { driver: 'ipvlan', options: { ipvlan_mode: 'x' } },
      /requested ipvlan mode 'x' is not valid, 'l2' mode is the ipvlan driver default$/,
    ],
    [
      { driver: 'ipvlan', options: { ipvlan_flag: 'x' } },
      /requested ipvlan flag 'x' is not valid, 'bridge' is the ipvlan driver default$/,
    ],
    [
      { driver: 'macvlan', options: { parent: 'lo' } },
      /loopback interface is not a valid macvlan parent link$/,
    ],
    [{ driver: 'macvlan', ipamDriver: 'null' }, /ipv4 pool is empty$/],
  ];
  for (const [fields, message] of cases) await assert.rejects(create({ name: 'wrong', ...fields }), message);
});

test('a network without IPv4 gives only IPv6 addresses, and publishes only there', async () => {
  await create({ name: 'six', enableIpv4: false, enableIpv6: true });
  const [server, client] = [
    await bench.open({
      endpoints: [{ network: 'six' }],
      ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 0 }],
    }),
    await open('six'),
  ];
  await bench.serve(server, 80, 'six');
  const [{ ipv4, ipv6, gateway6 } = {}] = server.endpoints;
  assert.equal(ipv4, '');
  assert.deepEqual(
    server.ports.map(({ hostIp }) => hostIp),
    ['::'],
  );
  await until(async () => assert.equal(await bench.get(client, `http://[${ipv6}]/`), 'six'));
  await until(async () =>
    assert.equal(await bench.get(client, `http://[${gateway6}]:${server.ports[0]?.hostPort}/`), 'six'),
  );
  await assert.rejects(create({ name: 'none6', enableIpv4: false }), {
    message: 'IPv4 or IPv6 must be enabled',
  });
});

test('routed, unprotected and trusted: who outside reaches which ports of a container', async () => {
  await using outside = await Outside.open();
  const link =
    (await exec('ip', ['-o', 'route', 'get', outside.address])).stdout.split(' dev ')[1]?.split(' ')[0] ?? '';
  const option = (name: string, value: string) => ({ [`com.docker.network.bridge.${name}`]: value });
  const ports = [{ protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 0 }] as const;
  const rows: [string, Record<string, string>, boolean, boolean][] = [
    ['nat', {}, false, false],
    ['routed', option('gateway_mode_ipv4', 'routed'), true, false],
    ['unprotected', option('gateway_mode_ipv4', 'nat-unprotected'), true, true],
    ['trusting', option('trusted_host_interfaces', link), true, false],
  ];
  for (const [name, options, published, others] of rows) {
    await create({ name, options });
    const server = await bench.open({ endpoints: [{ network: name }], ports });
    await bench.serve(server, 80, 'hello');
    await bench.serve(server, 81, 'hello');
    const at = (port: number) => bench.get(outside, `http://${server.endpoints[0]?.ipv4}:${port}/`);
    const expected = (reached: boolean) => (reached ? 'hello' : 'silence');
    await until(async () => assert.equal(await at(80), expected(published), name));
    await until(async () => assert.equal(await at(81), expected(others), name));
    assert.equal(server.ports[0]?.hostPort === 0, name === 'routed');
    await bench.networks.release(server.containerId);
    await bench.networks.remove(name);
  }
});

test('an isolated network has no address of the host in it', async () => {
  const options = { 'com.docker.network.bridge.gateway_mode_ipv4': 'isolated' };
  await assert.rejects(create({ name: 'open', options }), {
    message: "gateway mode 'isolated' can only be used for an internal network",
  });
  const network = await create({ name: 'isolated', internal: true, options });
  assert.equal(network.pools[0]?.gateway, undefined);
  const { stdout } = await exec('ip', ['-o', '-4', 'address', 'show', 'dev', network.bridge]);
  assert.equal(stdout, '');
  assert.match((await open('isolated')).endpoints[0]?.ipv4 ?? '', /\.1$/);
});

test('an endpoint has the interface name, settings and further addresses that it asks for', async () => {
  await create({ name: 'special' });
  const options = {
    'com.docker.network.endpoint.ifname': 'lan7',
    'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.log_martians=1',
  };
  const sandbox = await open('special', { options, linkLocal: ['169.254.9.9'] });
  assert.match(await ip(sandbox, '-o', '-4', 'address', 'show', 'lan7'), /169\.254\.9\.9\/16/);
  const value = await bench.run(sandbox, 'sysctl', '-n', 'net.ipv4.conf.lan7.log_martians');
  assert.equal(value.trim(), '1');
  const wrong = { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.eth0.log_martians=1' };
  await assert.rejects(open('special', { options: wrong }), /unrecognised network interface sysctl/);
  const taken = { 'com.docker.network.endpoint.ifname': 'lo' };
  await assert.rejects(open('special', { options: taken }), /error renaming interface to "lo": file exists$/);
});

test('a network takes its settings from one that only holds them', async () => {
  const pools = [{ subnet: '10.223.0.0/24' }];
  await create({ name: 'settings', driver: 'null', configOnly: true, pools, labels: { a: 'b' } });
  const network = await create({ name: 'user', configFrom: 'settings' });
  assert.deepEqual([network.pools, network.labels], [pools, { a: 'b' }]);
  await assert.rejects(open('settings'), { message: 'cannot create endpoint on configuration-only network' });
  await assert.rejects(
    create({ name: 'x', configFrom: 'settings', labels: { c: 'd' } }),
    /user specified configurations are not supported/,
  );
  await assert.rejects(create({ name: 'x', configFrom: 'nobody' }), { kind: 'not-found' });
  await assert.rejects(bench.networks.remove('settings'), /configuration network "settings" is in use$/);
  await bench.networks.remove('user');
  await bench.networks.remove('settings');
});

test('the usage of a network counts what is set aside, and what is left of the range', async () => {
  const pools = [{ subnet: '10.224.0.0/24', ipRange: '10.224.0.8/30', reserved: { x: '10.224.0.9' } }];
  const network = await create({ name: 'counted', pools });
  await open('counted');
  // network, broadcast, gateway (the first of the range), the reserved one, and the container's
  assert.deepEqual(network.usage(), [{ subnet: '10.224.0.0/24', used: 5n, free: 1n }]);
});

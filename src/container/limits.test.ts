import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeNode, S_IFCHR } from '../kernel/mknod.ts';
import type { Resources } from '../runtime/types.ts';
import { fails } from './testing/fails.ts';
import { isRoot, openWorld, type World } from './testing/open-world.ts';

// Real containers, and what the kernel says of them: these tests need root.
const isV1 = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
const skip = !isRoot ? 'needs root' : !isV1 && 'reads the files of cgroup v1';
const options = { skip, timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(async () => {
  await world?.[Symbol.asyncDispose]();
  for (const tree of isV1 ? readdirSync('/sys/fs/cgroup') : [])
    for (const group of [`${parent}/deep`, parent])
      if (existsSync(`/sys/fs/cgroup/${tree}/${group}`)) rmdirSync(`/sys/fs/cgroup/${tree}/${group}`);
});

/** A group of this test's own. */
const parent = `lading-test-${process.pid}`;
const sleeping = ['sleep', '1000'];

async function pidOf(id: string): Promise<number> {
  const { state } = world.containers.get(id);
  assert.ok(state.status === 'running');
  return state.pid;
}

/** Where the kernel has the container in the tree of a controller. */
async function groupOf(id: string, controller: string): Promise<string> {
  const lines = readFileSync(`/proc/${await pidOf(id)}/cgroup`, 'utf8').split('\n');
  const line = lines.find((text) => text.split(':')[1]?.split(',').includes(controller));
  assert.ok(line, `no cgroup of ${controller}`);
  return `/sys/fs/cgroup/${controller}${line.split(':')[2]}`;
}

async function knob(id: string, file: string): Promise<string> {
  const controller = file.startsWith('cpu.') ? 'cpu' : (file.split('.', 1)[0] ?? '');
  return readFileSync(`${await groupOf(id, controller)}/${file}`, 'utf8').trim();
}

async function knobs(id: string, expected: Record<string, string>): Promise<void> {
  for (const [file, value] of Object.entries(expected)) assert.equal(await knob(id, file), value, file);
}

/** A block device of this machine as the kernel names it, with its path. */
function blockDevice(): { path: string; number: string } | undefined {
  const line = readFileSync('/proc/partitions', 'utf8')
    .split('\n')
    .slice(2)
    .map((text) => text.trim().split(/\s+/))
    .find(([, , , name]) => name && existsSync(`/dev/${name}`) && existsSync(`/sys/block/${name}`));
  return line && { path: `/dev/${line[3]}`, number: `${line[0]}:${line[1]}` };
}

test('memory, CPUs and processes are limited as asked', options, async () => {
  const id = await world.run(sleeping, {
    resources: {
      memory: 64 << 20,
      memorySwap: 96 << 20,
      memoryReservation: 32 << 20,
      memorySwappiness: 40,
      oomKillDisable: true,
      nanoCpus: 300_000_000,
      cpuShares: 321,
      cpusetCpus: '0',
      cpusetMems: '0',
      pidsLimit: 77,
    },
  });
  await knobs(id, {
    'memory.limit_in_bytes': String(64 << 20),
    'memory.memsw.limit_in_bytes': String(96 << 20),
    'memory.soft_limit_in_bytes': String(32 << 20),
    'memory.swappiness': '40',
    'cpu.cfs_quota_us': '30000',
    'cpu.cfs_period_us': '100000',
    'cpu.shares': '321',
    'cpuset.cpus': '0',
    'cpuset.mems': '0',
    'pids.max': '77',
  });
  assert.match(await knob(id, 'memory.oom_control'), /oom_kill_disable 1/);
  await world.containers.remove(id, { force: true });
});

test('a device is throttled; one that is not there is refused at start', options, async (context) => {
  const device = blockDevice();
  if (!device) return context.skip('no block device in /dev');
  const { path, number } = device;
  const id = await world.run(sleeping, {
    resources: {
      readBps: [{ path, rate: 1 << 20 }],
      writeBps: [{ path, rate: 2 << 20 }],
      readIops: [{ path, rate: 100 }],
      writeIops: [{ path, rate: 200 }],
    },
  });
  await knobs(id, {
    'blkio.throttle.read_bps_device': `${number} ${1 << 20}`,
    'blkio.throttle.write_bps_device': `${number} ${2 << 20}`,
    'blkio.throttle.read_iops_device': `${number} 100`,
    'blkio.throttle.write_iops_device': `${number} 200`,
  });
  await world.containers.remove(id, { force: true });
  await assert.rejects(
    world.run(sleeping, { resources: { readBps: [{ path: '/dev/nope', rate: 5 }] } }),
    fails('internal', 'stat /dev/nope: no such file or directory'),
  );
});

test('weights are applied where the kernel has them, else dropped with a warning', options, async () => {
  const request = { image: 'busybox', cmd: sleeping, resources: { blkioWeight: 300, memory: 64 << 20 } };
  const { id, warnings } = await world.containers.create({ spec: request });
  if (world.runtime.blkioWeight) return assert.deepEqual(warnings, []);
  assert.deepEqual(warnings, [
    'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
  ]);
  assert.deepEqual(world.containers.get(id).spec.resources, { memory: 64 << 20 });
});

test('limits change while it runs, and conflicts are told', options, async () => {
  const { containers } = world;
  const id = await world.run(sleeping, { resources: { memory: 64 << 20, pidsLimit: 50 } });
  const change: Resources = { memory: 32 << 20, memorySwap: 48 << 20, memoryReservation: 16 << 20, nanoCpus: 5e8, cpuShares: 99, cpusetCpus: '0', pidsLimit: 60 }; // prettier-ignore
  await containers.update(id, { resources: change });
  await knobs(id, {
    'memory.limit_in_bytes': String(32 << 20),
    'memory.memsw.limit_in_bytes': String(48 << 20),
    'memory.soft_limit_in_bytes': String(16 << 20),
    'cpu.cfs_quota_us': '50000',
    'cpu.shares': '99',
    'cpuset.cpus': '0',
    'pids.max': '60',
  });
  await containers.update(id, { resources: { pidsLimit: -1 } });
  await knobs(id, { 'pids.max': 'max', 'cpu.shares': '99' });
  const refusals: [Resources, string][] = [
    [
      { cpuQuota: 20_000 },
      'Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set',
    ],
    [
      { cpuPeriod: 20_000 },
      'Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set',
    ],
    [
      { memory: 256 << 20 },
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    ],
  ];
  for (const [resources, text] of refusals)
    await assert.rejects(
      containers.update(id, { resources }),
      fails('conflict', `Cannot update container ${id}: ${text}`),
    );
  await containers.remove(id, { force: true });
});

test('its group is below the parent that it names, wherever that seems to point', options, async () => {
  for (const [asked, group] of [
    [parent, `/${parent}`],
    [`/${parent}/../../${parent}/deep/`, `/${parent}/deep`],
  ] as const) {
    const id = await world.run(sleeping, { hostConfigEcho: { CgroupParent: asked } });
    assert.equal(await groupOf(id, 'memory'), `/sys/fs/cgroup/memory${group}/${id}`);
    await world.containers.remove(id, { force: true });
    assert.equal(existsSync(`/sys/fs/cgroup/memory${group}/${id}`), false);
  }
});

test('devices and rules of its device group are as asked', options, async () => {
  const node = join(world.dir, 'kmsg');
  makeNode(node, S_IFCHR | 0o600, 1, 11);
  const id = await world.run(sleeping, {
    devices: [{ hostPath: node, containerPath: '/dev/mine', permissions: 'r' }],
    hostConfigEcho: { DeviceCgroupRules: ['c 42:* rwm'] },
  });
  const list = (await knob(id, 'devices.list')).split('\n');
  assert.ok(list.includes('c 1:11 r'), list.join('; '));
  assert.ok(list.includes('c 42:* rwm'), list.join('; '));
  assert.ok(existsSync(`/proc/${await pidOf(id)}/root/dev/mine`));
  await world.containers.remove(id, { force: true });
  await assert.rejects(
    world.run(sleeping, { hostConfigEcho: { DeviceCgroupRules: ['x'] } }),
    fails('internal', "invalid device cgroup rule format: 'x'"),
  );
});

test('a device that needs a driver is refused at start', options, async () => {
  const DeviceRequests = [{ Driver: '', Count: -1, Capabilities: [['gpu']] }];
  await assert.rejects(
    world.run(sleeping, { hostConfigEcho: { DeviceRequests } }),
    fails('internal', 'could not select device driver "" with capabilities: [[gpu]]'),
  );
});

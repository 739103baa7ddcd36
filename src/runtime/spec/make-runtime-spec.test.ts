/** The expected lists are what dockerd 28.5 wrote into config.json for the same requests. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { RuntimeSpec, SeccompRule } from '../../oci/runtime-spec.ts';
import { makeSpec, makeTestProcess } from '../testing/sandbox.ts';
import type { BundleSpec } from '../types.ts';
import { resolveCapabilities } from './capabilities.ts';
import { allCapabilities } from './capability-names.ts';
import { encodeSpec } from './encode.ts';
import type { HostDevice, HostFacts } from './host-facts.ts';
import { makeRuntimeSpec } from './make-runtime-spec.ts';

const fuse: HostDevice = {
  path: '/dev/fuse',
  type: 'c',
  major: 10,
  minor: 229,
  fileMode: 0o600,
  uid: 0,
  gid: 0,
};

const host: HostFacts = {
  cgroupVersion: 1,
  architecture: 'amd64',
  kernel: [6, 18],
  capabilities: allCapabilities.filter((name) => name !== 'CAP_SYS_RESOURCE'),
  rlimits: [{ type: 'RLIMIT_NOFILE', soft: 20000, hard: 20000 }],
  maxOpenFiles: 1 << 20,
  oomScoreAdj: 0,
  seccomp: true,
  apparmor: true,
  swapLimit: true,
  blkioWeight: false,
  extraMaskedPaths: [],
  initProgram: '/usr/bin/docker-init',
  devicesAt: (path) => {
    if (path === '/dev/fuse') return [fuse];
    throw new Error('no such file or directory');
  },
  allDevices: () => [fuse],
};

const make = (change: Partial<BundleSpec> = {}, facts: Partial<HostFacts> = {}): RuntimeSpec =>
  makeRuntimeSpec({ ...makeSpec('abc', '/rootfs', ['sleep', '60']), ...change }, { ...host, ...facts });

const mountLines = (spec: RuntimeSpec): string[] =>
  spec.mounts.map(
    ({ destination, type, source, options }) =>
      `${destination} ${type} ${source} ${options.toSorted().join()}`,
  );

const ruleLines = (spec: RuntimeSpec): string[] =>
  (spec.linux.resources.devices ?? []).map(
    ({ allow, type = 'a', major = '*', minor = '*', access }) =>
      `${allow ? '+' : '-'} ${type} ${major}:${minor} ${access}`,
  );

const defaultMounts = [
  '/proc proc proc nodev,noexec,nosuid',
  '/dev tmpfs tmpfs mode=755,nosuid,size=65536k,strictatime',
  '/dev/pts devpts devpts gid=5,mode=0620,newinstance,noexec,nosuid,ptmxmode=0666',
  '/sys sysfs sysfs nodev,noexec,nosuid,ro',
  '/sys/fs/cgroup cgroup cgroup nodev,noexec,nosuid,ro',
  '/dev/mqueue mqueue mqueue nodev,noexec,nosuid',
  '/dev/shm tmpfs shm mode=1777,nodev,noexec,nosuid,size=67108864',
];
const defaultRules = [
  '- a *:* rwm',
  '+ c 1:5 rwm',
  '+ c 1:3 rwm',
  '+ c 1:9 rwm',
  '+ c 1:8 rwm',
  '+ c 5:0 rwm',
  '+ c 5:1 rwm',
  '- c 10:229 rwm',
];
const maskedPaths =
  '/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats ' +
  '/proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap';
const openNetwork = {
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ping_group_range': '0 2147483647',
};

test('a plain container gets what Docker gives it', () => {
  const spec = make();
  assert.deepEqual(mountLines(spec), defaultMounts);
  assert.deepEqual(ruleLines(spec), defaultRules);
  assert.equal(spec.linux.maskedPaths.join(' '), maskedPaths);
  assert.equal(
    spec.linux.readonlyPaths.join(' '),
    '/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger',
  );
  assert.deepEqual(spec.linux.sysctl, openNetwork);
  assert.deepEqual(spec.linux.devices, []);
  assert.equal(spec.linux.namespaces.map(({ type }) => type).join(' '), 'mount network uts pid ipc');
  assert.equal(spec.linux.cgroupsPath, '/lading/abc');
  assert.equal(spec.hostname, 'box');
  assert.deepEqual(spec.process.user, { uid: 0, gid: 0, additionalGids: [0] });
});

test('a container with many options gets what Docker gives it', () => {
  const spec = make({
    readonlyRootfs: true,
    domainname: 'bar.org',
    shmSize: 10 << 20,
    init: true,
    mounts: [
      { destination: '/data/x2', type: 'bind', source: '/tmp', options: ['rbind', 'rprivate'] },
      { destination: '/dev/foo', type: 'bind', source: '/tmp', options: ['rbind', 'rprivate'] },
      { destination: '/etc2/', type: 'bind', source: '/etc', options: ['rbind', 'rro', 'rprivate'] },
    ],
    devices: [{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: 'rwm' }],
    resources: { memory: 100 << 20, cpuQuota: 150_000, cpuPeriod: 100_000, cpuShares: 10, pidsLimit: 50 },
    sysctls: { 'net.core.somaxconn': '100' },
    process: makeTestProcess(['sleep', '60'], {
      tty: true,
      noNewPrivileges: true,
      oomScoreAdj: 100,
      user: { uid: 1000, gid: 10, additionalGids: [33], home: '/', name: 'x' },
      rlimits: [{ type: 'nofile', soft: 100, hard: 200 }],
    }),
  });
  assert.deepEqual(mountLines(spec), [
    ...defaultMounts.slice(0, 6),
    '/dev/shm tmpfs shm mode=1777,nodev,noexec,nosuid,size=10485760',
    '/etc2 bind /etc rbind,rprivate,rro',
    '/sbin/docker-init bind /usr/bin/docker-init bind,ro',
    '/data/x2 bind /tmp rbind,rprivate',
    '/dev/foo bind /tmp rbind,rprivate',
  ]);
  assert.deepEqual(ruleLines(spec), [...defaultRules, '+ c 10:229 rwm']);
  assert.deepEqual(spec.linux.devices, [fuse]);
  assert.deepEqual(spec.root, { path: '/rootfs', readonly: true });
  assert.deepEqual(spec.linux.sysctl, {
    'kernel.domainname': 'bar.org',
    'net.core.somaxconn': '100',
    ...openNetwork,
  });
  const { devices: _devices, ...limits } = spec.linux.resources;
  assert.deepEqual(limits, {
    memory: { limit: 100 << 20, swap: 200 << 20 },
    cpu: { shares: 10, quota: 150_000, period: 100_000 },
    pids: { limit: 50 },
  });
  assert.deepEqual(spec.process.args, ['/sbin/docker-init', '--', 'sleep', '60']);
  assert.deepEqual(spec.process.user, { uid: 1000, gid: 10, additionalGids: [10, 33] });
  assert.deepEqual(spec.process.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }]);
  assert.ok(spec.process.terminal && spec.process.noNewPrivileges);
  assert.equal(spec.process.oomScoreAdj, 100);
});

test('a privileged container gets everything unguarded', () => {
  const spec = make({ privileged: true });
  assert.deepEqual(
    mountLines(spec),
    defaultMounts.map((line) => line.replace(/,ro$/, '')),
  );
  assert.deepEqual(ruleLines(spec), [...defaultRules, '+ a *:* rwm']);
  assert.deepEqual(spec.linux.devices, [fuse]);
  assert.deepEqual([spec.linux.maskedPaths, spec.linux.readonlyPaths], [[], []]);
  assert.equal(spec.linux.seccomp, undefined);
});

test('namespaces of the host are left out, with what would need them', () => {
  const mode = 'host' as const;
  const namespaces = { network: { mode }, pid: { mode }, ipc: { mode }, uts: { mode }, cgroup: { mode } };
  const spec = make({ namespaces, domainname: 'bar.org', init: true });
  assert.deepEqual(spec.linux.namespaces, [{ type: 'mount' }]);
  assert.equal(spec.hostname, undefined);
  assert.deepEqual(spec.linux.sysctl, {});
  assert.equal(mountLines(spec).at(-1), '/dev/shm bind /dev/shm rbind,rprivate');
  assert.deepEqual(spec.process.args, ['sleep', '60']);
});

test('a namespace at a path is joined; a shared network keeps its settings', () => {
  const { namespaces } = makeSpec('abc', '/rootfs', []);
  const network = { mode: 'path', path: '/proc/1/ns/net' } as const;
  const own = make({ namespaces: { ...namespaces, network } });
  assert.deepEqual(own.linux.namespaces[1], { type: 'network', path: '/proc/1/ns/net' });
  assert.deepEqual(own.linux.sysctl, openNetwork);
  const shared = make({ namespaces: { ...namespaces, network: { ...network, shared: true } } });
  assert.deepEqual(shared.linux.sysctl, {});
});

test('own mounts replace the default ones at the same place, and all below /dev', () => {
  const mount = (destination: string) => ({ destination, type: 'tmpfs', source: 'x', options: [] });
  const places = (spec: RuntimeSpec): string[] => spec.mounts.map(({ destination }) => destination);
  assert.deepEqual(places(make({ mounts: [mount('/dev/shm/'), mount('/sys')] })), [
    '/proc',
    '/dev',
    '/dev/pts',
    '/sys/fs/cgroup',
    '/dev/mqueue',
    '/sys',
    '/dev/shm',
  ]);
  assert.deepEqual(places(make({ mounts: [mount('/dev')] })), ['/proc', '/sys', '/sys/fs/cgroup', '/dev']);
});

test('limits stay within what the engine may grant', () => {
  const limits = (hard: number, facts: Partial<HostFacts>): unknown =>
    make({ process: makeTestProcess([], { rlimits: [{ type: 'nofile', soft: 5, hard }] }) }, facts).process
      .rlimits;
  const line = (hard: number) => [{ type: 'RLIMIT_NOFILE', soft: 5, hard }];
  assert.deepEqual(limits(1e6, {}), line(20000));
  assert.deepEqual(limits(-1, {}), line(20000));
  assert.deepEqual(limits(1e6, { capabilities: allCapabilities }), line(1e6));
  assert.deepEqual(limits(-1, { capabilities: allCapabilities }), line(1 << 20));
  const score = make({ process: makeTestProcess([], { oomScoreAdj: -500 }) }).process.oomScoreAdj;
  assert.equal(score, 0);
});

test('an unlimited limit is written as the kernel’s', () => {
  const process = makeTestProcess([], { rlimits: [{ type: 'memlock', soft: -1, hard: -1 }] });
  const text = encodeSpec(make({ process }, { capabilities: allCapabilities }));
  assert.match(text, /"soft":18446744073709551615,"hard":18446744073709551615/);
});

test('what the kernel can’t limit is left out', () => {
  const resources = { memory: 1 << 20, memorySwappiness: 5, oomKillDisable: true, blkioWeight: 100 };
  const { devices: _devices, ...limits } = make({ resources }, { cgroupVersion: 2, swapLimit: false }).linux
    .resources;
  assert.deepEqual(limits, { memory: { limit: 1 << 20 } });
});

test('missing devices and malformed rules are refused in the words of Docker', () => {
  const devices = [{ hostPath: '/dev/nope', containerPath: '/dev/nope', permissions: 'rwm' }];
  assert.throws(() => make({ devices }), {
    kind: 'invalid',
    message:
      'error gathering device information while adding custom device "/dev/nope": no such file or directory',
  });
  assert.throws(() => make({ deviceCgroupRules: ['c 1:3'] }), {
    message: "invalid device cgroup rule format: 'c 1:3'",
  });
  assert.equal(ruleLines(make({ deviceCgroupRules: ['c 13:* rw'] })).at(-1), '+ c 13:* rw');
});

test('an init that the host lacks is refused', () => {
  assert.throws(() => make({ init: true }, { initProgram: undefined }), /none of docker-init/);
});

/** Each call with its action, so that two profiles of equal effect hash alike. */
function seccompHash(rules: readonly SeccompRule[] = []): string {
  const lines = rules.flatMap(({ names, action, errnoRet, args = [] }) => {
    const tests = args.map(({ index, value, valueTwo = 0, op }) => `${index} ${value} ${valueTwo} ${op}`);
    return names.map((name) => `${name} ${action} ${errnoRet ?? ''} ${tests.join()}`);
  });
  const all = [...new Set(lines)].toSorted().join('\n');
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

test('the seccomp profile has Docker’s effect, without x32', () => {
  const { seccomp } = make().linux;
  assert.deepEqual(seccomp?.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
  assert.equal(seccomp?.defaultAction, 'SCMP_ACT_ERRNO');
  assert.equal(seccomp?.defaultErrnoRet, 1);
  assert.equal(seccompHash(seccomp?.syscalls), '28599cfcdd06fd2c');
  const capabilities = resolveCapabilities({ privileged: false, add: ['ALL'], drop: [] }, host.capabilities);
  const all = make({ process: makeTestProcess([], { capabilities }) }).linux.seccomp;
  assert.equal(seccompHash(all?.syscalls), '2429fbbfb584f37d');
});

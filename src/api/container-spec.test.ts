import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateContainerBody, HostConfig } from '../wire/container.ts';
import { containerSpec } from './container-spec.ts';
import { updatedLimits } from './resource-limits.ts';

const spec = (body: CreateContainerBody) => containerSpec({ Image: 'busybox', ...body });
const host = (config: HostConfig) => spec({ HostConfig: config });

test('says only what the client said', () => {
  const { image, env, cmd, entrypoint, user, workingDir, stopSignal, shmSize } = spec({
    User: '',
    WorkingDir: '',
  });
  assert.deepEqual(
    { image, env, cmd, entrypoint, user, workingDir, stopSignal, shmSize },
    {
      image: 'busybox',
      env: [],
      cmd: undefined,
      entrypoint: undefined,
      user: undefined,
      workingDir: undefined,
      stopSignal: undefined,
      shmSize: undefined,
    },
  );
});

test("an entrypoint of the client's drops the image's command", () => {
  const program = (body: CreateContainerBody) => {
    const { entrypoint, cmd } = spec(body);
    return { entrypoint, cmd };
  };
  assert.deepEqual(program({ Cmd: ['a'] }), { entrypoint: undefined, cmd: ['a'] });
  assert.deepEqual(program({ Cmd: [] }), { entrypoint: undefined, cmd: undefined });
  assert.deepEqual(program({ Entrypoint: ['e'] }), { entrypoint: ['e'], cmd: [] });
  assert.deepEqual(program({ Entrypoint: [''], Cmd: ['a'] }), { entrypoint: [], cmd: ['a'] });
  assert.deepEqual(program({ Entrypoint: [] }), { entrypoint: [], cmd: undefined });
});

test('binds, mounts and tmpfs become mounts', () => {
  const { mounts } = host({
    Binds: ['/src/../data:/data:ro', 'vol:/v:nocopy', '/anonymous'],
    Mounts: [
      { Type: 'volume', Target: '/w/', Source: 'w', VolumeOptions: { Subpath: 'a', Labels: { l: '1' } } },
    ],
    Tmpfs: { '/t': 'size=1m' },
  });
  assert.deepEqual(mounts, [
    { type: 'bind', source: '/data', target: '/data', readOnly: true, createSource: true, origin: 'binds', text: '/src/../data:/data:ro' },
    { type: 'volume', source: 'vol', target: '/v', readOnly: false, noCopy: true, origin: 'binds', text: 'vol:/v:nocopy' },
    { type: 'volume', source: '', target: '/anonymous', readOnly: false, origin: 'binds', text: '/anonymous' },
    { type: 'volume', source: 'w', target: '/w', readOnly: false, subpath: 'a', volumeLabels: { l: '1' }, origin: 'mounts' },
    { type: 'tmpfs', source: '', target: '/t', readOnly: false, tmpfsOptions: 'size=1m', origin: 'tmpfs' },
  ]); // prettier-ignore
});

test("refuses bad mounts with Docker's texts", () => {
  const cases: [HostConfig, string][] = [
    [{ Binds: ['a:b:c:d'] }, "invalid volume specification: 'a:b:c:d'"],
    [
      { Binds: ['/a:b'] },
      `invalid volume specification: '/a:b': invalid mount config for type "bind": invalid mount path: 'b' mount path must be absolute`,
    ],
    [{ Binds: ['/a:/b:rx'] }, 'invalid mode: rx'],
    [{ Binds: ['/a:/b:shared,rshared'] }, 'invalid mode: shared,rshared'],
    [
      { Binds: ['/a:/'] },
      `invalid volume specification: '/a:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    ],
    [{ Binds: ['/a:/b', '/c:/b/'] }, 'Duplicate mount point: /b'],
    [
      { Mounts: [{ Type: 'bind', Target: '/a' }] },
      'invalid mount config for type "bind": field Source must not be empty',
    ],
    [
      { Mounts: [{ Type: 'npipe', Target: '/a' }] },
      'invalid mount config for type "npipe": mount type unknown',
    ],
  ];
  for (const [config, message] of cases) assert.throws(() => host(config), { kind: 'invalid', message });
  assert.throws(
    () => host({ Binds: ['./rel:/b'] }),
    /If you intended to pass a host directory, use absolute path/,
  );
});

test('a range of ports is exposed port by port', () => {
  const { exposedPorts } = spec({ ExposedPorts: { '8000-8001/udp': {}, '90-90': {} } });
  assert.deepEqual(exposedPorts, [
    { port: 8000, protocol: 'udp' },
    { port: 8001, protocol: 'udp' },
    { port: 90, protocol: 'tcp' },
  ]);
  for (const none of ['91-90', '1-70000', 'a-b', '80:80'])
    assert.deepEqual(spec({ ExposedPorts: { [none]: {} } }).exposedPorts, [], 'as Docker has it');
  const overlapping = Object.fromEntries([1, 2, 3, 4].map((first) => [`${first}-65535`, {}]));
  assert.throws(() => spec({ ExposedPorts: overlapping }), /too many exposed ports/);
});

test('ports are bound alone, to an address, or within a range', () => {
  const { ports, exposedPorts } = spec({
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    HostConfig: {
      PortBindings: {
        '80/tcp': [{ HostPort: '8080' }, { HostIp: '127.0.0.1', HostPort: '' }],
        '53/udp': [{ HostPort: '5000-5010' }],
        '90': null,
      },
    },
  });
  assert.deepEqual(exposedPorts, [
    { port: 80, protocol: 'tcp' },
    { port: 53, protocol: 'udp' },
  ]);
  assert.deepEqual(ports, [
    { protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 8080 },
    { protocol: 'tcp', containerPort: 80, hostIp: '127.0.0.1', hostPort: 0 },
    { protocol: 'udp', containerPort: 53, hostIp: '', hostPort: 5000, hostPortEnd: 5010 },
  ]);
  for (const bad of ['0/tcp', '65536', '80/icmp', 'http'])
    assert.throws(() => host({ PortBindings: { [bad]: [] } }), /invalid port specification: /);
  assert.throws(
    () => host({ PortBindings: { 80: [{ HostPort: '9-8' }] } }),
    /invalid port specification: "9-8"/,
  );
});

test('joins the networks that it names, the one of its mode first', () => {
  const networks = (body: CreateContainerBody) => spec(body).endpoints?.map(({ network }) => network);
  assert.deepEqual(networks({}), ['bridge']);
  assert.deepEqual(networks({ HostConfig: { NetworkMode: 'host' } }), []);
  assert.deepEqual(networks({ HostConfig: { NetworkMode: 'a' }, NetworkingConfig: { EndpointsConfig: { b: {}, a: null } } }), ['a', 'b']);
  assert.deepEqual(networks({ NetworkingConfig: { EndpointsConfig: { b: {} } } }), ['b']);
  const [endpoint] =
    spec({
      HostConfig: { NetworkMode: 'a' },
      NetworkingConfig: { EndpointsConfig: { a: { Aliases: ['x'], IPAMConfig: { IPv4Address: '10.0.0.2' } } } },
    }).endpoints ?? [];
  assert.deepEqual(endpoint, { network: 'a', aliases: ['x'], ipv4: '10.0.0.2' });
}); // prettier-ignore

test('limits are checked and turned into what the kernel takes', () => {
  assert.deepEqual(host({ NanoCpus: 500_000_000, Memory: 64 << 20 }).resources, {
    memory: 64 << 20,
    memorySwap: 128 << 20,
    nanoCpus: 500_000_000,
  });
  assert.throws(() => host({ NanoCpus: 1e15 }), /^EngineError: range of CPUs is from 0\.01 to /);
  assert.throws(
    () => host({ NanoCpus: 1e9, CpuQuota: 5000 }),
    /^EngineError: Conflicting options: Nano CPUs and CPU Quota/,
  );
});

test('refuses what cannot go together', () => {
  assert.throws(() => host({ AutoRemove: true, RestartPolicy: { Name: 'always' } }), {
    message: "can't create 'AutoRemove' container with restart policy",
  });
  assert.throws(() => host({ RestartPolicy: { Name: 'sometimes' } }), /unknown policy 'sometimes'/);
  assert.throws(() => spec({ Hostname: 'h', HostConfig: { NetworkMode: 'container:x' } }), {
    message: 'conflicting options: hostname and the network mode',
  });
  assert.throws(() => containerSpec({}), /config cannot be empty/);
  assert.throws(() => spec({ Env: ['=x'] }), { message: 'invalid environment variable: =x' });
});

test('keeps what it only tells back', () => {
  const { hostConfigEcho } = host({
    CgroupParent: '/x',
    Mounts: [{ Type: 'tmpfs', Target: '/t' }],
    Memory: 64 << 20,
  });
  assert.deepEqual(hostConfigEcho, { Mounts: [{ Type: 'tmpfs', Target: '/t' }], CgroupParent: '/x' });
});

test('block devices, real time and requests of devices are passed on and told back', () => {
  const rates = [{ Path: '/dev/x', Rate: 5 }];
  const { resources, hostConfigEcho } = host({
    BlkioWeight: 300,
    BlkioWeightDevice: [{ Path: '/dev/x', Weight: 200 }],
    BlkioDeviceReadBps: rates,
    BlkioDeviceWriteIOps: rates,
    BlkioDeviceWriteBps: [],
    CpuRealtimePeriod: 1000,
    CpuRealtimeRuntime: 500,
    KernelMemoryTCP: 64 << 20,
    PidsLimit: -1,
    DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }],
  });
  assert.deepEqual(resources, {
    kernelMemoryTcp: 64 << 20,
    cpuRealtimePeriod: 1000,
    cpuRealtimeRuntime: 500,
    blkioWeight: 300,
    blkioWeightDevices: [{ path: '/dev/x', weight: 200 }],
    readBps: [{ path: '/dev/x', rate: 5 }],
    writeBps: [],
    writeIops: [{ path: '/dev/x', rate: 5 }],
  });
  assert.deepEqual(hostConfigEcho, { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] });
  assert.throws(() => host({ IOMaximumIOps: 1 }), /QoS maximum IOPs configuration is not supported on linux/);
  assert.throws(
    () => host({ Annotations: { '': 'x' } }),
    /the empty string is not permitted as an annotation key/,
  );
});

test('update changes what Docker lets change; no limit on processes takes one away', () => {
  const rates = [{ Path: '/dev/x', Rate: 5 }];
  assert.deepEqual(
    updatedLimits({ PidsLimit: 0, BlkioDeviceReadBps: rates, MemorySwappiness: 5, KernelMemoryTCP: 9 }, 51),
    {
      pidsLimit: -1,
    },
  );
  assert.deepEqual(
    updatedLimits({ Memory: 5, MemorySwap: -1, NanoCpus: 1e9, PidsLimit: 7, CpusetCpus: '0' }, 51),
    {
      memory: 5,
      memorySwap: -1,
      nanoCpus: 1e9,
      cpusetCpus: '0',
      pidsLimit: 7,
    },
  );
});

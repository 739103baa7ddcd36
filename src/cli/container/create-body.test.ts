import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateContainerBody } from '../../wire/container.ts';
import type { Context } from '../context.ts';
import { parseFlags } from '../flags.ts';
import { createBody } from './create-body.ts';
import { createFlags } from './create-flags.ts';

const context = { cwd: '/work', env: { HOME: '/root', TOKEN: 'secret' }, out: {} } as unknown as Context;

function body(...argv: string[]): CreateContainerBody {
  const { values, args } = parseFlags(createFlags, [...argv, 'image', 'cmd'], false);
  return createBody(context, values, args[0] ?? '', args.slice(1), false);
}

test('what was not said is left to the image', () => {
  const made = body();
  assert.equal(made.Entrypoint, undefined);
  assert.equal(made.Healthcheck, undefined);
  assert.deepEqual(
    [made.Image, made.Cmd, made.Tty, made.HostConfig?.NetworkMode],
    ['image', ['cmd'], false, 'default'],
  );
});
test('an empty entrypoint clears that of the image', () =>
  assert.deepEqual(body('--entrypoint', '').Entrypoint, ['']));
test('a variable without a value takes ours, or is left out', () =>
  assert.deepEqual(body('-e', 'TOKEN', '-e', 'NOPE', '-e', 'A=').Env, ['TOKEN=secret', 'A=']));
test('volumes: binds, relative binds, anonymous ones', () => {
  const made = body('-v', '/a:/b:ro', '-v', './x:/y', '-v', '/z', '-v', 'named:/n');
  assert.deepEqual(made.HostConfig?.Binds, ['/a:/b:ro', '/work/x:/y', 'named:/n']);
  assert.deepEqual(made.Volumes, { '/z': {} });
});
test('--mount with all its options', () => {
  const [bind, volume, tmpfs] =
    body(
      '--mount',
      'type=bind,src=data,dst=/d,readonly,bind-propagation=rslave',
      '--mount',
      '"type=volume",source=v,target=/v,volume-nocopy,volume-opt=o=uid=1',
      '--mount',
      'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770',
    ).HostConfig?.Mounts ?? [];
  assert.deepEqual(bind, {
    Type: 'bind',
    Source: '/work/data',
    Target: '/d',
    ReadOnly: true,
    BindOptions: { Propagation: 'rslave' },
  });
  assert.deepEqual(volume, {
    Type: 'volume',
    Source: 'v',
    Target: '/v',
    VolumeOptions: { NoCopy: true, DriverConfig: { Options: { o: 'uid=1' } } },
  });
  assert.deepEqual(tmpfs, {
    Type: 'tmpfs',
    Target: '/t',
    TmpfsOptions: { SizeBytes: 1 << 20, Mode: 0o1770 },
  });
});
test('limits are in the units of the API', () => {
  const { Memory, NanoCpus, MemorySwap, PidsLimit, Ulimits } =
    body(
      '-m',
      '64m',
      '--cpus',
      '1.5',
      '--memory-swap',
      '-1',
      '--pids-limit',
      '10',
      '--ulimit',
      'nofile=10:20',
    ).HostConfig ?? {};
  assert.deepEqual(
    [Memory, NanoCpus, MemorySwap, PidsLimit, Ulimits],
    [64 << 20, 1.5e9, -1, 10, [{ Name: 'nofile', Soft: 10, Hard: 20 }]],
  );
});
test('networks: a plain name is the mode alone, options make endpoints', () => {
  assert.deepEqual(
    [
      body('--network', 'n').HostConfig?.NetworkMode,
      body('--network', 'n').NetworkingConfig?.EndpointsConfig,
    ],
    ['n', {}],
  );
  const made = body('--network', 'name=a,alias=x,ip=10.0.0.2', '--network', 'b');
  assert.deepEqual(made.NetworkingConfig?.EndpointsConfig, {
    a: { Aliases: ['x'], IPAMConfig: { IPv4Address: '10.0.0.2' } },
    b: {},
  });
});
test('health checks', () => {
  assert.deepEqual(
    body('--health-cmd', 'true', '--health-interval', '1s', '--health-retries', '2').Healthcheck,
    { Test: ['CMD-SHELL', 'true'], Interval: 1e9, Retries: 2 },
  );
  assert.deepEqual(body('--no-healthcheck').Healthcheck, { Test: ['NONE'] });
});

test('devices and their limits', () => {
  const { Devices, BlkioWeightDevice, BlkioDeviceReadBps, BlkioDeviceWriteIOps, DeviceRequests } =
    body(
      ...'--device /dev/a:/dev/b:r --device /dev/c:rw --blkio-weight-device /dev/a:100'.split(' '),
      ...'--device-read-bps /dev/a:1mb --device-write-iops /dev/a:5 --gpus 2'.split(' '),
    ).HostConfig ?? {};
  assert.deepEqual(Devices, [
    { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
    { PathOnHost: '/dev/c', PathInContainer: '/dev/c', CgroupPermissions: 'rw' },
  ]);
  assert.deepEqual(BlkioWeightDevice, [{ Path: '/dev/a', Weight: 100 }]);
  assert.deepEqual(BlkioDeviceReadBps, [{ Path: '/dev/a', Rate: 1 << 20 }]);
  assert.deepEqual(BlkioDeviceWriteIOps, [{ Path: '/dev/a', Rate: 5 }]);
  assert.equal(DeviceRequests?.[0]?.Count, 2);
});
test('a host entry may be written with an equals sign and brackets', () =>
  assert.deepEqual(body('--add-host', 'a=[::1]', '--add-host', 'b:host-gateway').HostConfig?.ExtraHosts, [
    'a:::1',
    'b:host-gateway',
  ]));

for (const [argv, message] of [
  [['--mount', 'type=bind,src=/x'], /target is required/],
  [['--mount', 'type=bind,what=/x,dst=/y'], /unexpected key 'what'/],
  [['--ulimit', 'nofile'], /invalid ulimit argument: nofile/],
  [['-m', 'lots'], /invalid size: 'lots'/],
  [['--restart', 'on-failure:x'], /maximum retry count must be an integer/],
  [['-v', 'a:b:c:d'], /invalid volume specification/],
  [['--device', '/dev/a:/dev/b:q'], /bad mode specified: q/],
  [['--network', 'name=a,what=b'], /invalid field key what/],
  [['--network', 'name=a,alias'], /invalid field alias/],
  [['--network', 'name=a,gw-priority=1.5'], /invalid gw-priority \(1\.5\): invalid syntax/],
  [['--network', 'a', '--network', 'a'], /network "a" is specified multiple times/],
  [['--network-alias', 'a'], /only supported for user-defined networks/],
  [['--mac-address', '1'], /1 is not a valid mac address/],
  [['--add-host', 'a'], /bad format for add-host: "a"/],
  [['--add-host', 'a:b'], /invalid IP address in add-host: "b"/],
  [['--dns', 'x'], /IP address is not correctly formatted: x/],
  [['--sysctl', 'vm.swappiness=1'], /sysctl 'vm.swappiness=1' is not allowed/],
  [['--pid', 'x'], /--pid: invalid PID mode/],
  [['--rm', '--restart', 'always'], /cannot specify both --restart and --rm/],
  [['--no-healthcheck', '--health-cmd', 'x'], /conflicts with --health-\* options/],
  [['--health-retries', '-1'], /--health-retries cannot be negative/],
  [['--label', '=x'], /invalid label '=x': empty name/],
  [['-e', '=x'], /invalid environment variable: =x/],
  [['--security-opt', 'x'], /invalid --security-opt: "x"/],
  [['--gpus', 'x'], /invalid count \(x\)/],
  [['--device-read-bps', '/dev/a'], /bad format: \/dev\/a/],
  [['--blkio-weight-device', '/dev/a:5'], /invalid weight for device: \/dev\/a:5/],
  [['--device-cgroup-rule', 'x'], /invalid device cgroup format 'x'/],
  [['--mount', 'type=tmpfs,dst=/t,tmpfs-mode=9'], /invalid value for tmpfs-mode: 9/],
  [['--mount', 'dst'], /invalid field 'dst' must be a key=value pair/],
  [['--ulimit', 'x=1'], /invalid ulimit type: x/],
  [['-p', '1:99999'], /invalid containerPort: 99999/],
  [['-a', 'out'], /valid streams are STDIN, STDOUT and STDERR/],
  [['--env-file', '/nope'], /open \/nope: no such file or directory/],
] as const) {
  test(`${argv.join(' ')} is refused`, () => assert.throws(() => body(...argv), message));
}

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

for (const [argv, message] of [
  [['--mount', 'type=bind,src=/x'], /target is required/],
  [['--mount', 'type=bind,what=/x,dst=/y'], /unexpected key 'what'/],
  [['--ulimit', 'nofile'], /invalid ulimit argument: nofile/],
  [['-m', 'lots'], /invalid size: 'lots'/],
  [['--restart', 'on-failure:x'], /maximum retry count must be an integer/],
  [['-v', 'a:b:c:d'], /invalid volume specification/],
  [['--device', '/dev/a:/dev/b:q'], /invalid device mode/],
  [['--network', 'name=a,what=b'], /invalid network field 'what'/],
  [['-a', 'out'], /valid streams are STDIN, STDOUT and STDERR/],
  [['--env-file', '/nope'], /open \/nope: no such file or directory/],
] as const) {
  test(`${argv.join(' ')} is refused`, () => assert.throws(() => body(...argv), message));
}

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exec } from '../lib/exec.ts';
import { isRoot, openWorld, type World } from './testing/open-world.ts';
import type { MountRequest } from './types.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

const mount = (
  type: MountRequest['type'],
  source: string,
  target: string,
  change: Partial<MountRequest> = {},
): MountRequest => ({
  type,
  source,
  target,
  readOnly: false,
  origin: 'binds',
  ...change,
});

async function outputOf(command: string, mounts: MountRequest[], spec: object = {}): Promise<string> {
  const id = await world.run(command, { mounts, ...spec });
  await world.exitOf(id);
  return world.output(id);
}

test('a named volume takes the image’s content once and keeps what is written', options, async () => {
  const data = [mount('volume', 'data', '/var/spool')];
  assert.equal(await outputOf('ls /var/spool; echo kept >/var/spool/file', data), 'mail\n');
  assert.equal(await outputOf('cat /var/spool/file', data), 'kept\n');
  assert.equal(await outputOf('rm -r /var/spool/*; ls /var/spool', data), '');
  const [point] = world.containers.list().at(-1)?.mounts ?? [];
  assert.deepEqual(
    [point?.type, point?.name, point?.destination, point?.driver, point?.mode, point?.rw],
    ['volume', 'data', '/var/spool', 'local', 'z', true],
  );
  assert.equal(
    await outputOf('ls /var/spool', [mount('volume', 'bare', '/var/spool', { noCopy: true })]),
    '',
  );
});

test('copy-up is done when a container is made, so what is deleted stays deleted', options, async () => {
  const id = await world.run('rm -rf /var/spool/*; ls /var/spool', {
    mounts: [mount('volume', 'emptied', '/var/spool')],
  });
  await world.exitOf(id);
  await world.containers.start(id);
  await world.exitOf(id);
  assert.equal(await world.output(id), '');
});

test('anonymous volumes go with their container when asked', options, async () => {
  const id = await world.run(['sleep', '1000'], { volumes: ['/v'], mounts: [mount('volume', '', '/w')] });
  const names = world.containers.get(id).mounts.map(({ name }) => name ?? '');
  assert.equal(names.length, 2);
  assert.ok(names.every((name) => /^[a-f0-9]{64}$/.test(name)));
  await assert.rejects(world.volumes.remove(names[0] ?? '', { usedBy: [] }), /volume is in use/);
  const heir = await world.create(['true'], { volumesFrom: [`${id}:ro`] });
  assert.deepEqual(
    world.containers.get(heir).mounts.map(({ rw }) => rw),
    [false, false],
  );
  await world.containers.remove(id, { force: true, volumes: true });
  assert.ok(world.volumes.find(names[0] ?? ''), 'the heir still has it');
  await world.containers.remove(heir, { volumes: true });
});

test('binds are made where -v says so, and read-only ones are', options, async () => {
  const source = join(world.dir, 'made/by/start');
  const bind = mount('bind', source, '/b', { createSource: true });
  assert.equal(await outputOf('echo here >/b/file; cat /b/file', [bind]), 'here\n');
  assert.equal(readFileSync(join(source, 'file'), 'utf8'), 'here\n');
  assert.match(await outputOf('echo x >/b/file', [{ ...bind, readOnly: true }]), /Read-only file system/);
  writeFileSync(join(world.dir, 'one'), 'single');
  assert.equal(await outputOf('cat /etc/one', [mount('bind', join(world.dir, 'one'), '/etc/one')]), 'single');
});

test('read-only holds for what is mounted below as well', options, async () => {
  const source = join(world.dir, 'outer');
  mkdirSync(join(source, 'inner'), { recursive: true });
  await exec('mount', ['-t', 'tmpfs', 'tmpfs', join(source, 'inner')]);
  try {
    const bind = mount('bind', source, '/b', { readOnly: true });
    assert.match(await outputOf('echo x >/b/inner/file', [bind]), /Read-only file system/);
    assert.equal(await outputOf('echo x >/b/inner/file', [{ ...bind, readOnly: false }]), '');
    assert.equal(await outputOf('echo x >/b/inner/file', [{ ...bind, readOnlyNonRecursive: true }]), '');
  } finally {
    await exec('umount', ['-l', join(source, 'inner')]);
  }
});

test('tmpfs has its options, is empty and gone with the run', options, async () => {
  const tmpfs = mount('tmpfs', '', '/t', { origin: 'tmpfs', tmpfsOptions: 'size=1m,mode=700,exec' });
  const text = await outputOf('stat -c %a /t; grep " /t " /proc/mounts; touch /t/x', [tmpfs]);
  assert.match(text, /^700\ntmpfs \/t tmpfs rw,nosuid,nodev,relatime,size=1024k,mode=700/);
  assert.deepEqual(world.containers.list().at(-1)?.mounts, []);
});

test('one mount per place, absolute and not the root', options, async () => {
  const make = (mounts: MountRequest[]): Promise<string> => world.create(['true'], { mounts });
  const volume = mount('volume', 'twice', '/x');
  await assert.rejects(
    make([volume, { ...volume, target: '/x/' }]),
    /^EngineError: Duplicate mount point: \/x$/,
  );
  await assert.rejects(make([{ ...volume, target: 'x' }]), /mount path must be absolute/);
  await assert.rejects(make([{ ...volume, target: '/x/..' }]), /destination can't be '\/'/);
});

test('a volume’s subpath stays in the volume', options, async () => {
  const { mountpoint } = await world.volumes.create({ name: 'tree' });
  mkdirSync(join(mountpoint, 'sub'));
  writeFileSync(join(mountpoint, 'sub/file'), 'below');
  const sub = mount('volume', 'tree', '/s', { origin: 'mounts', subpath: 'sub' });
  assert.equal(await outputOf('cat /s/file', [sub]), 'below');
  mkdirSync(join(mountpoint, 'empty'));
  const programs = { ...sub, target: '/bin', subpath: 'empty' };
  assert.equal(await outputOf('ls /bin/busybox', [programs]), '/bin/busybox\n');
  await assert.rejects(
    world.create(['true'], { mounts: [{ ...sub, subpath: '../../nope' }] }),
    /subpath must be a relative path within the volume$/,
  );
  const id = await world.create(['true'], { mounts: [{ ...sub, subpath: 'nope' }] });
  await assert.rejects(
    world.containers.start(id),
    /cannot access path .*nope: lstat .*nope: no such file or directory$/,
  );
  assert.ok(existsSync(mountpoint));
});

test('settings of the root file system and process take effect', options, async () => {
  assert.match(await outputOf('touch /x', [], { readonlyRootfs: true }), /Read-only file system/);
  assert.equal(await outputOf('id -u; id -g; echo $HOME', [], { user: 'nobody' }), '65534\n65534\n/home\n');
  assert.equal(
    await outputOf('cat /proc/sys/kernel/msgmax', [], { sysctls: { 'kernel.msgmax': '9000' } }),
    '9000\n',
  );
  assert.match(await outputOf('df -k /dev/shm | tail -1', [], { shmSize: 8 << 20 }), / 8192 /);
  assert.match(await outputOf('grep Cap /proc/self/status', [], { capDrop: ['ALL'] }), /CapEff:\s0+\n/);
  assert.match(
    await outputOf('grep NoNewPrivs /proc/self/status', [], { securityOpt: ['no-new-privileges'] }),
    /\t1\n/,
  );
  const bad = await world.create(['true'], { user: 'nobody-knows' });
  await assert.rejects(world.containers.start(bad), /unable to find user nobody-knows/);
});

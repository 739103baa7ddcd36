import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEventBus } from '../events/event-bus.ts';
import { openDatabase } from '../lib/database.ts';
import { EngineError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { parseMountOptions } from './mount-flags.ts';
import { isMountPoint } from './mount-volume.ts';
import { openVolumes } from './open-volumes.ts';
import type { Volumes } from './types.ts';

const base = mkdtempSync(join(tmpdir(), 'lading-volumes-'));
after(() => rmSync(base, { recursive: true, force: true }));
const isRoot = process.getuid?.() === 0;
let worlds = 0;

interface World {
  readonly volumes: Volumes;
  readonly dir: string;
  readonly told: string[];
  reopen(): Volumes;
}

function makeWorld(): World {
  const root = join(base, String(worlds++));
  mkdirSync(root);
  const database = openDatabase(join(root, 'state.db'));
  const events = openEventBus({ database });
  const told: string[] = [];
  events.listen(({ action, actorId }) => told.push(`${action} ${actorId}`));
  const reopen = (): Volumes => openVolumes({ database, events, dir: join(root, 'volumes') });
  return { volumes: reopen(), dir: join(root, 'volumes'), told, reopen };
}

const fails = (kind: string, text: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof EngineError);
  assert.equal(error.kind, kind);
  if (typeof text === 'string') assert.equal(error.message, text);
  else assert.match(error.message, text);
  return true;
};

test('a volume is a directory that survives reopening, and goes with its data', async () => {
  const { volumes, dir, told, reopen } = makeWorld();
  const made = await volumes.create({ name: 'data', labels: { a: 'b' } });
  assert.equal(made.mountpoint, join(dir, 'data/_data'));
  writeFileSync(join(made.mountpoint, 'file'), 'x');
  const again = reopen();
  assert.deepEqual(again.get('data'), made);
  await again.remove('data', { usedBy: [] });
  assert.deepEqual(readdirSync(dir), []);
  assert.equal(again.find('data'), undefined);
  assert.deepEqual(told, ['create data', 'destroy data']);
});

test('creating an existing volume returns it, whatever it was made with', async () => {
  const { volumes } = makeWorld();
  const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
  const first = await volumes.create({ name: 'data', options });
  assert.deepEqual(await volumes.create({ name: 'data' }), first);
  assert.deepEqual(await volumes.create({ name: 'data', options }), first);
  assert.deepEqual(await volumes.create({ name: 'data', options: { colour: 'red' } }), first);
});

test('names and options are refused with the texts of Docker', async () => {
  const { volumes } = makeWorld();
  await assert.rejects(volumes.create({ name: 'a' }), fails('invalid', /volume name is too short/));
  for (const name of ['../x', '.hidden', 'a/b', `a${'b'.repeat(300)}`])
    await assert.rejects(
      volumes.create({ name }),
      fails('invalid', /includes invalid characters for a local volume name/),
    );
  await assert.rejects(
    volumes.create({ name: 'data', driver: 'nope' }),
    fails('not-found', 'create data: error looking up volume plugin nope: plugin "nope" not found'),
  );
  await assert.rejects(
    volumes.create({ name: 'data', options: { colour: 'red' } }),
    fails('invalid', 'create data: invalid option: "colour"'),
  );
  await assert.rejects(
    volumes.create({ name: 'data', options: { type: 'nfs' } }),
    fails('invalid', 'create data: missing required option: "device"'),
  );
  await assert.rejects(
    volumes.create({ name: 'data', options: { size: '1m' } }),
    fails('invalid', 'create data: quota size requested but no quota support'),
  );
  assert.throws(() => volumes.get('none'), fails('not-found', 'get none: no such volume'));
});

test('a volume in use is not removed, a missing one only without complaint when forced', async () => {
  const { volumes } = makeWorld();
  await volumes.create({ name: 'data' });
  await assert.rejects(
    volumes.remove('data', { force: true, usedBy: ['c1', 'c2'] }),
    fails('conflict', 'remove data: volume is in use - [c1, c2]'),
  );
  await volumes.acquire('data', 'c3');
  await assert.rejects(volumes.remove('data', { usedBy: [] }), fails('conflict', /\[c3\]/));
  await volumes.release('data', 'c3');
  await volumes.remove('data', { usedBy: [] });
  await volumes.remove('data', { force: true, usedBy: [] });
  await assert.rejects(volumes.remove('data', { usedBy: [] }), fails('not-found', /no such volume/));
});

test('a removal that a crash interrupted is finished when the engine comes back', async () => {
  const { volumes, dir, reopen } = makeWorld();
  const { mountpoint } = await volumes.create({ name: 'data' });
  writeFileSync(join(mountpoint, 'file'), 'x');
  await exec('mv', [join(dir, 'data'), join(dir, '.removing-data')]);
  const again = reopen();
  assert.equal(again.find('data'), undefined);
  assert.deepEqual(readdirSync(dir), []);
});

test('prune takes anonymous volumes, or all, and never used ones', async () => {
  const { volumes } = makeWorld();
  const anonymous = await volumes.create({});
  const used = await volumes.create({});
  const named = await volumes.create({ name: 'named' });
  await volumes.create({ name: 'mounted', options: { type: 'tmpfs', device: 'tmpfs' } });
  writeFileSync(join(anonymous.mountpoint, 'file'), 'x'.repeat(1000));
  assert.equal(anonymous.labels['com.docker.volume.anonymous'], '');
  const isUsed = (name: string): boolean => name === used.name;
  assert.deepEqual(await volumes.prune({ all: false, isUsed }), { removed: [anonymous.name], freed: 4096 });
  assert.deepEqual((await volumes.prune({ all: true, isUsed })).removed, [named.name]);
  assert.deepEqual(
    volumes
      .list()
      .map(({ name }) => name)
      .toSorted(),
    [used.name, 'mounted'].toSorted(),
  );
});

test('an empty volume takes content, owner and mode of the image, a filled one stays', async (t) => {
  if (!isRoot) return t.skip('needs root to change owners');
  const { volumes, dir } = makeWorld();
  const source = join(dir, '../image');
  mkdirSync(source, { mode: 0o750 });
  chownSync(source, 1000, 1001);
  const empty = await volumes.create({ name: 'empty' });
  await volumes.populate('empty', source);
  assert.deepEqual(
    [statSync(empty.mountpoint).uid, statSync(empty.mountpoint).gid, statSync(empty.mountpoint).mode & 0o777],
    [1000, 1001, 0o750],
  );
  writeFileSync(join(source, 'file'), 'text');
  chownSync(join(source, 'file'), 5, 6);
  symlinkSync('/etc/passwd', join(source, 'link'));
  await volumes.populate('empty', source);
  assert.deepEqual(readdirSync(empty.mountpoint).sort(), ['file', 'link']);
  assert.equal(statSync(join(empty.mountpoint, 'file')).uid, 5);
  assert.equal(statSync(empty.mountpoint).mode & 0o777, 0o750);
  writeFileSync(join(source, 'late'), '');
  await volumes.populate('empty', source);
  assert.ok(!existsSync(join(empty.mountpoint, 'late')));
  await volumes.populate('empty', join(source, 'missing'));
  mkdirSync(join(empty.mountpoint, 'part'));
  await volumes.populate('empty', source, 'part');
  assert.deepEqual(readdirSync(join(empty.mountpoint, 'part')).sort(), ['file', 'late', 'link']);
  await assert.rejects(volumes.populate('empty', source, 'link'), { kind: 'invalid' });
});

test('a volume with options is mounted while somebody has it', async (t) => {
  if (!isRoot) return t.skip('needs root to mount');
  const { volumes, dir, reopen } = makeWorld();
  const outside = join(dir, '../outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), 'here');
  await volumes.create({ name: 'bound', options: { type: 'none', o: 'bind,ro', device: outside } });
  const path = await volumes.acquire('bound', 'c1');
  await volumes.acquire('bound', 'c2');
  assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'here');
  assert.throws(() => writeFileSync(join(path, 'other'), ''), /EROFS/);
  await volumes.release('bound', 'c1');
  assert.ok(isMountPoint(path));
  const again = reopen();
  await again.acquire('bound', 'c2');
  await again.release('bound', 'c2');
  assert.ok(!isMountPoint(path));
  await again.remove('bound', { usedBy: [] });
  assert.equal(readFileSync(join(outside, 'file'), 'utf8'), 'here');
});

const failures: readonly [options: Record<string, string>, text: RegExp][] = [
  [
    { type: 'none', o: 'bind', device: '/nope' },
    /^error while mounting volume '(.*_data)': failed to mount local volume: mount \/nope:\1, flags: 0x1000: no such file or directory \(\/nope does not exist on this host: create it first\)$/,
  ],
  [
    { type: 'nosuchfs', o: 'ro,x=1', device: 'dev' },
    /mount dev:.*_data, flags: 0x1, data: x=1: no such device \(this kernel has no file system "nosuchfs": it needs the module\)$/,
  ],
  [
    { type: 'cifs', o: 'addr=nosuch.invalid,username=a', device: '//x/y' },
    /_data': error resolving passed in network volume address: lookup nosuch\.invalid: /,
  ],
  [
    { type: 'cifs', o: 'username=a', device: '//nosuch.invalid/y' },
    /network volume address: lookup nosuch\.invalid: /,
  ],
  [
    { type: 'tmpfs', o: 'username=a,password=geheim', device: 'tmpfs' },
    /data: username=a,password=\*{8}: invalid argument$/,
  ],
  [{ type: 'tmpfs', device: '' }, /: missing device in volume options$/],
];

test('a mount that fails says what was tried and, where it is known, what to do', async (t) => {
  if (!isRoot) return t.skip('needs root to mount');
  const { volumes } = makeWorld();
  for (const [index, [options, text]] of failures.entries()) {
    await volumes.create({ name: `broken${index}`, options });
    await assert.rejects(volumes.acquire(`broken${index}`, 'c'), fails('internal', text));
  }
});

test('mount options are split into flags and data', () => {
  assert.deepEqual(parseMountOptions('size=100m,nosuid,uid=1000'), {
    flags: 2,
    spread: 0,
    data: 'size=100m,uid=1000',
  });
  assert.deepEqual(parseMountOptions('ro,rw'), { flags: 0, spread: 0, data: '' });
  assert.deepEqual(parseMountOptions('bind,rslave'), {
    flags: 0x5000,
    spread: (1 << 19) | 0x4000,
    data: '',
  });
});

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { makeNode, S_IFIFO } from '../kernel/mknod.ts';
import { writeXattr } from '../kernel/xattr.ts';
import { exec } from '../lib/exec.ts';
import { digestOf, hexOf, type Digest } from '../oci/digest.ts';
import { openSnapshotter } from './overlay-snapshotter.ts';
import { archiveOf, dir, file, hardLink, symlink, TestStore } from './testing/layers.ts';

// Needs root: overlays are mounted for real.
const store = new TestStore();
let count = 0;
const freshKey = (): string => `key-${++count}`;

async function baseLayer(): Promise<Digest> {
  const { diffId } = await store.apply(
    dir('etc'),
    file('etc/passwd', 'root'),
    file('etc/old', 'old'),
    dir('dir'),
    file('dir/a', 'a'),
    file('dir/b', 'b'),
    symlink('link', 'dir'),
    hardLink('hard', 'dir/a'),
  );
  return diffId;
}

/** Mounts a new snapshot on these layers. */
function mounted(layers: readonly Digest[]): { key: string; path: string } {
  const key = freshKey();
  store.snapshotter.create(key, layers);
  return { key, path: store.snapshotter.mount(key) };
}

async function describe(path: string): Promise<string> {
  const { stdout } = await exec('find', [
    path,
    '-mindepth',
    '1',
    '-printf',
    String.raw`%P %y %m %U %G %T@ %l\n`,
  ]);
  return stdout
    .split('\n')
    .map((line) => line.replace(/\.\d+ /, ' '))
    .sort()
    .join('\n');
}

test('a mounted snapshot shows its layers, takes changes and leaves the layers alone', async () => {
  const base = await baseLayer();
  const { key, path } = mounted([base]);
  assert.equal(store.snapshotter.mount(key), path);
  assert.equal(readFileSync(join(path, 'link/a'), 'utf8'), 'a');
  writeFileSync(join(path, 'etc/passwd'), 'changed');
  assert.equal(readFileSync(join(store.snapshotter.layerPath(base), 'etc/passwd'), 'utf8'), 'root');
  assert.equal(readFileSync(join(store.snapshotter.upperPath(key), 'etc/passwd'), 'utf8'), 'changed');
  store.snapshotter.unmount(key);
  assert.deepEqual(readdirSync(path), []);
  store.snapshotter.unmount(key);
  assert.equal(readFileSync(join(store.snapshotter.mount(key), 'etc/passwd'), 'utf8'), 'changed');
  await store.snapshotter.remove(key);
  await store.snapshotter.remove(key);
  assert.ok(!existsSync(path) && !store.snapshotter.has(key));
});

test('a volatile snapshot is mounted so, and can be mounted again either way', async () => {
  const { key, path } = mounted([await baseLayer()]);
  const isVolatile = (): boolean =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .some((line) => line.includes(` ${path} `) && /[,=]volatile/.test(line));
  const remount = (options: { volatile: boolean }): boolean => {
    store.snapshotter.unmount(key);
    store.snapshotter.mount(key, options);
    return isVolatile();
  };
  assert.ok(!isVolatile());
  assert.ok(remount({ volatile: true }));
  writeFileSync(join(path, 'new'), 'kept');
  assert.ok(remount({ volatile: true }));
  assert.ok(!remount({ volatile: false }));
  assert.equal(readFileSync(join(path, 'new'), 'utf8'), 'kept');
  await store.snapshotter.remove(key);
});

test('a hidden tree is in no table of mounts, can be read and written, and is put back', async () => {
  const { snapshotter } = store;
  const isListed = (path: string): boolean =>
    readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
  const { key, path } = mounted([await baseLayer()]);
  assert.equal(snapshotter.treePath(key), path);
  snapshotter.hide(key);
  assert.equal(isListed(path), false);
  const hidden = snapshotter.treePath(key);
  assert.equal(readFileSync(join(hidden, 'etc/passwd'), 'utf8'), 'root');
  writeFileSync(join(hidden, 'etc/new'), 'new');
  const reader = statSync(hidden).dev;
  for (let round = 0; round < 2; round += 1) {
    assert.equal(snapshotter.mount(key), path);
    assert.equal(isListed(path), true);
    assert.equal(statSync(path).dev, reader, 'the same file system');
    assert.equal(readFileSync(join(path, 'etc/new'), 'utf8'), 'new');
    snapshotter.hide(key);
    snapshotter.hide(key);
    assert.equal(isListed(path), false);
    assert.equal(readFileSync(join(hidden, 'etc/new'), 'utf8'), 'new', 'who reads goes on');
  }
  snapshotter.unmount(key);
  assert.equal(snapshotter.treePath(key), path);
  await snapshotter.remove(key);
  assert.equal(isListed(path), false);
});

test('a tree that is mounted elsewhere is found again after a restart', async () => {
  const { snapshotter } = store;
  const { key, path } = mounted([await baseLayer()]);
  snapshotter.hide(key);
  const elsewhere = snapshotter.treePath(key);
  const { root } = store;
  const next = openSnapshotter({ layersDir: join(root, 'layers'), snapshotsDir: join(root, 'snapshots') });
  next.adopt(key, elsewhere);
  assert.notEqual(next.treePath(key), path);
  snapshotter.unmount(key);
  assert.equal(readFileSync(join(next.treePath(key), 'etc/passwd'), 'utf8'), 'root');
  next.unmount(key);
  await next.close();
  await snapshotter.remove(key);
});

test('upper layers hide what they remove of lower ones', async () => {
  const base = await baseLayer();
  const top = await store.apply(
    dir('dir'),
    file('dir/.wh..wh..opq', ''),
    file('dir/c'),
    dir('etc'),
    file('etc/.wh.old', ''),
  );
  const { path } = mounted([base, top.diffId]);
  assert.deepEqual(readdirSync(join(path, 'dir')), ['c']);
  assert.deepEqual(readdirSync(join(path, 'etc')), ['passwd']);
  const all = await store.apply(file('.wh..wh..opq', ''), file('alone'));
  assert.deepEqual(readdirSync(mounted([base, all.diffId, top.diffId]).path).sort(), ['alone', 'dir', 'etc']);
});

test('a snapshot without layers is an empty tree', () => {
  const { path } = mounted([]);
  assert.deepEqual(readdirSync(path), []);
  writeFileSync(join(path, 'f'), '');
});

test('the same layer may be in a stack twice', async () => {
  const { diffId: one } = await store.apply(file('f', 'one'));
  const { diffId: two } = await store.apply(file('f', 'two'));
  assert.equal(readFileSync(join(mounted([one, two, one]).path, 'f'), 'utf8'), 'one');
});

test('a stack of 128 layers can be mounted, in a store of any name', async () => {
  const odd = new TestStore(`snapshot-test-${'long'.repeat(30)},with:odd\\signs-`);
  const layers: Digest[] = [];
  for (let i = 0; i < 128; i++) {
    odd.snapshotter.create('k', []);
    writeFileSync(join(odd.snapshotter.upperPath('k'), `f${i}`), '');
    layers.push((await odd.snapshotter.commit('k', { move: true })).diffId);
  }
  odd.snapshotter.create('deep', layers);
  const path = odd.snapshotter.mount('deep');
  assert.equal(readdirSync(path).length, 128);
  writeFileSync(join(path, 'f0'), 'changed');
  assert.deepEqual(await odd.snapshotter.changes('deep'), [{ kind: 'modified', path: '/f0' }]);
});

test('mounting is fast', async () => {
  const base = await baseLayer();
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const key = freshKey();
    store.snapshotter.create(key, [base]);
    const before = performance.now();
    store.snapshotter.mount(key);
    times.push(performance.now() - before);
    await store.snapshotter.remove(key);
  }
  const median = times.sort((a, b) => a - b)[10] ?? Infinity;
  assert.ok(median < 1.5, `${median} ms`);
});

test('changes are told as Docker tells them', async () => {
  const base = await baseLayer();
  const { key, path } = mounted([base]);
  const changes = async (): Promise<string[]> =>
    (await store.snapshotter.changes(key)).map((it) => `${it.kind[0]} ${it.path}`);
  assert.deepEqual(await changes(), []);
  writeFileSync(join(path, 'etc/new'), '');
  rmSync(join(path, 'etc/old'));
  writeFileSync(join(path, 'dir/a'), 'other');
  mkdirSync(join(path, 'made/deep'), { recursive: true });
  symlinkSync('x', join(path, 'made/link'));
  assert.deepEqual(await changes(), [
    'm /dir',
    'm /dir/a',
    'm /etc',
    'a /etc/new',
    'd /etc/old',
    'a /made',
    'a /made/deep',
    'a /made/link',
  ]);
  rmSync(join(path, 'made'), { recursive: true });
  rmSync(join(path, 'etc/new'));
  rmSync(join(path, 'dir'), { recursive: true });
  mkdirSync(join(path, 'dir'));
  writeFileSync(join(path, 'dir/a'), 'new');
  rmSync(join(path, 'link'));
  mkdirSync(join(path, 'link'));
  assert.deepEqual(await changes(), ['m /dir', 'm /dir/a', 'd /dir/b', 'm /etc', 'd /etc/old', 'm /link']);
  rmSync(join(path, 'etc'), { recursive: true });
  writeFileSync(join(path, 'etc'), 'a file now');
  assert.deepEqual((await changes()).slice(3), ['m /etc', 'd /etc/old', 'd /etc/passwd', 'm /link']);
});

test('what was copied up and not changed is no change', async () => {
  const base = await baseLayer();
  const { key, path } = mounted([base]);
  const { mode, mtimeMs } = statSync(join(path, 'etc/passwd'));
  chmodSync(join(path, 'etc/passwd'), 0o600);
  chmodSync(join(path, 'etc/passwd'), mode);
  utimesSync(join(path, 'etc/passwd'), mtimeMs / 1000, mtimeMs / 1000);
  assert.ok(existsSync(join(store.snapshotter.upperPath(key), 'etc/passwd')));
  assert.deepEqual(await store.snapshotter.changes(key), []);
});

test('the init layer has the mount points of a container, and they are no change of it', async () => {
  const { diffId: base } = await store.apply(
    { ...dir('etc'), mode: 0o710, mtime: 1e9 },
    file('etc/hosts', 'of the image'),
    symlink('etc/resolv.conf', '../run/resolv.conf'),
    symlink('dev', '/elsewhere'),
    dir('proc'),
  );
  const init = await store.snapshotter.initLayer([base]);
  assert.equal(await store.snapshotter.initLayer([base]), init);
  assert.equal(await store.reopen().initLayer([base]), init);
  assert.ok(store.snapshotter.layers().every(({ diffId }) => diffId !== init));
  const { key, path } = mounted([base, init]);
  assert.deepEqual(readdirSync(join(path, 'etc')).sort(), ['hostname', 'hosts', 'mtab', 'resolv.conf']);
  assert.equal(readFileSync(join(path, 'etc/hosts'), 'utf8'), '');
  assert.ok(lstatSync(join(path, 'etc/resolv.conf')).isFile());
  assert.deepEqual(readdirSync(join(path, 'dev')).sort(), ['console', 'pts', 'shm']);
  assert.equal(readlinkSync(join(path, 'etc/mtab')), '/proc/mounts');
  const etc = statSync(join(path, 'etc'));
  assert.deepEqual([etc.mode & 0o777, etc.mtimeMs], [0o710, 1e12]);
  assert.deepEqual(await store.snapshotter.changes(key), []);
  assert.equal(await store.snapshotter.usage(key), 0);
  await store.snapshotter.recover((it) => it === key);
  assert.equal(await store.snapshotter.initLayer([base]), init);
});

test('usage counts the bytes of files, hard links once', async () => {
  const { key, path } = mounted([await baseLayer()]);
  assert.equal(await store.snapshotter.usage(key), 0);
  writeFileSync(join(path, 'f'), 'x'.repeat(1000));
  await exec('ln', [join(path, 'f'), join(path, 'g')]);
  symlinkSync('12345', join(path, 'l'));
  assert.equal(await store.snapshotter.usage(key), 1005);
});

async function changeMuch(path: string): Promise<void> {
  writeFileSync(join(path, 'etc/passwd'), 'changed');
  rmSync(join(path, 'etc/old'));
  rmSync(join(path, 'dir'), { recursive: true });
  mkdirSync(join(path, 'dir'), { mode: 0o750 });
  writeFileSync(join(path, 'dir/c'), 'c');
  await exec('ln', [join(path, 'dir/c'), join(path, 'linked')]);
  symlinkSync('t'.repeat(200), join(path, 'dir/l'));
  makeNode(join(path, 'pipe'), S_IFIFO | 0o600);
  makeNode(join(path, 'null'), 0o20666, 1, 3);
  writeFileSync(Buffer.from(`${path}/\xe9${'n'.repeat(150)}`, 'latin1'), 'bytes');
  writeFileSync(join(path, 'empty'), '');
  writeXattr(join(path, 'empty'), 'user.note', 'kept');
  await exec('chown', ['4000000000:1000', join(path, 'empty')]);
  await exec('setcap', ['cap_net_raw+ep', join(path, 'linked')]);
  for (const name of ['dir', 'etc', 'dir/c']) utimesSync(join(path, name), 1e9, 1e9);
}

for (const move of [false, true])
  test(`a committed snapshot is a layer that makes the same tree (${move ? 'moved' : 'copied'})`, async () => {
    const base = await baseLayer();
    const { key, path } = mounted([base]);
    await changeMuch(path);
    const before = await describe(path);
    const layer = await store.snapshotter.commit(key, { move });
    assert.equal(layer.size, 'changed'.length + 'c'.length + 'bytes'.length);
    assert.equal(store.snapshotter.has(key), !move);
    assert.equal(await describe(mounted([base, layer.diffId]).path), before);
    const archive = Buffer.concat(await Array.fromAsync(store.snapshotter.readLayer(layer.diffId)));
    assert.equal(digestOf(archive), layer.diffId);
    const elsewhere = new TestStore();
    const [copiedBase, copied] = await Promise.all([
      elsewhere.snapshotter.apply({ path: store.write(await readAll(base)) }),
      elsewhere.snapshotter.apply({ path: store.write(archive), diffId: layer.diffId }),
    ]);
    elsewhere.snapshotter.create('k', [copiedBase.diffId, copied.diffId]);
    assert.equal(await describe(elsewhere.snapshotter.mount('k')), before);
    const { stdout } = await exec('getcap', [join(elsewhere.snapshotter.mount('k'), 'dir/c')]);
    assert.match(stdout, /cap_net_raw/);
  });

/** An archive of a layer's directory by GNU tar. */
async function readAll(diffId: Digest): Promise<Buffer> {
  const path = join(store.root, 'gnu.tar');
  await exec('tar', ['-cf', path, '-C', store.snapshotter.layerPath(diffId), '.']);
  return readFileSync(path);
}

test('equal trees make equal layers, whoever made them', async () => {
  const commitOne = async (names: readonly string[]): Promise<Digest> => {
    const key = freshKey();
    store.snapshotter.create(key, []);
    for (const name of names) writeFileSync(join(store.snapshotter.upperPath(key), name), name);
    for (const name of names) utimesSync(join(store.snapshotter.upperPath(key), name), 5, 5);
    return (await store.snapshotter.commit(key, { move: true })).diffId;
  };
  assert.equal(await commitOne(['a', 'b', 'c']), await commitOne(['c', 'a', 'b']));
});

test('nothing committed is an empty layer', async () => {
  const { key } = mounted([await baseLayer()]);
  const { diffId, size } = await store.snapshotter.commit(key, { move: true });
  assert.deepEqual([diffId, size], [digestOf(Buffer.alloc(1024)), 0]);
});

test('sockets and names that would be whiteouts are left out of a commit', async () => {
  const { key, path } = mounted([]);
  mkdirSync(join(path, 'run'));
  const server = createServer().listen(join(path, 'run/sock'));
  await new Promise((resolve) => server.once('listening', resolve));
  writeFileSync(join(path, 'run/.wh.trick'), '');
  utimesSync(join(path, 'run'), 7, 7);
  const { diffId } = await store.snapshotter.commit(key, { move: false });
  server.close();
  const run = join(store.snapshotter.layerPath(diffId), 'run');
  assert.ok(!existsSync(join(run, 'sock')));
  assert.equal(statSync(run).mtimeMs, 7000);
  const chunks = await Array.fromAsync(store.snapshotter.readLayer(diffId));
  assert.equal(digestOf(Buffer.concat(chunks)), diffId);
  assert.ok(!Buffer.concat(chunks).includes('trick'));
});

test('a large commit streams and can be broken off', async () => {
  const { key, path } = mounted([]);
  writeFileSync(join(path, 'big'), Buffer.alloc(30 << 20, 'x'));
  const { diffId } = await store.snapshotter.commit(key, { move: true });
  const hash = createHash('sha256');
  for await (const chunk of store.snapshotter.readLayer(diffId)) hash.update(chunk);
  assert.equal(hash.digest('hex'), hexOf(diffId));
  for await (const _ of store.snapshotter.readLayer(diffId)) break;
  const stop = new AbortController();
  await assert.rejects(
    async () => {
      for await (const _ of store.snapshotter.readLayer(diffId, { signal: stop.signal })) stop.abort();
    },
    { name: 'AbortError' },
  );
});

test('a layer that changed on disk is not passed off as what it was', async () => {
  const { key, path } = mounted([]);
  writeFileSync(join(path, 'f'), 'good');
  const { diffId } = await store.snapshotter.commit(key, { move: true });
  writeFileSync(join(store.snapshotter.layerPath(diffId), 'f'), 'evil');
  await assert.rejects(Array.fromAsync(store.snapshotter.readLayer(diffId)), {
    kind: 'internal',
    message: /can't be written again/,
  });
});

test('of a snapshot that has gone meanwhile, promises are rejected', async () => {
  for (const gone of [store.snapshotter.usage('gone'), store.snapshotter.changes('gone')])
    await assert.rejects(gone, /snapshot gone does not exist/);
});

test('wrong keys, missing layers and layers in use are told', async () => {
  const base = await baseLayer();
  const { key } = mounted([base]);
  const { snapshotter } = store;
  assert.throws(() => snapshotter.create(key, [base]), { kind: 'conflict' });
  assert.throws(() => snapshotter.create('../x', []), { kind: 'invalid' });
  assert.throws(() => snapshotter.create('tmp-x', []), { kind: 'invalid' });
  assert.throws(() => snapshotter.create('new', [digestOf('none')]), { kind: 'not-found' });
  assert.throws(() => snapshotter.mount('none'), { kind: 'not-found' });
  assert.throws(() => snapshotter.upperPath('none'), { kind: 'not-found' });
  assert.throws(() => snapshotter.layerPath(digestOf('none')), { kind: 'not-found' });
  assert.throws(() => snapshotter.readLayer(digestOf('none')), { kind: 'not-found' });
  await assert.rejects(snapshotter.commit('none', { move: true }), { kind: 'not-found' });
  await assert.rejects(snapshotter.removeLayer(base), { kind: 'conflict' });
  await snapshotter.removeLayer(digestOf('none'));
});

test('after a restart layers, snapshots and mounts are there, and what was half made is gone', async () => {
  const own = new TestStore();
  const { diffId, size } = await own.apply(file('f'));
  const { snapshotter } = own;
  snapshotter.create('kept', [diffId]);
  snapshotter.create('lost', [diffId]);
  const path = snapshotter.mount('kept');
  const lostPath = snapshotter.mount('lost');
  writeFileSync(join(path, 'g'), 'written');
  const [layers, snapshots] = [join(own.root, 'layers'), join(own.root, 'snapshots')];
  mkdirSync(join(layers, 'tmp-half/diff'), { recursive: true });
  mkdirSync(join(snapshots, 'tmp-half/upper'), { recursive: true });
  const again = own.reopen();
  assert.deepEqual(again.layers(), [{ diffId, size }]);
  assert.equal(again.mount('kept'), path);
  assert.equal(readFileSync(join(path, 'g'), 'utf8'), 'written');
  await again.recover((key) => key === 'kept');
  assert.deepEqual(readdirSync(snapshots), ['kept']);
  assert.deepEqual(readdirSync(layers).sort(), [hexOf(diffId), 'empty', 'l'].sort());
  assert.ok(!existsSync(lostPath));
  assert.equal(readFileSync(join(path, 'g'), 'utf8'), 'written');
  await again.remove('kept');
  await again.removeLayer(diffId);
  assert.deepEqual(readdirSync(join(layers, 'l')), []);
});

test('a record of a layer that can not be read costs the layer, not the engine', async () => {
  const own = new TestStore();
  const { diffId } = await own.apply(file('f'));
  const path = join(own.root, 'layers', hexOf(diffId));
  writeFileSync(join(path, 'layer.json'), '');
  const again = own.reopen();
  assert.equal(again.layer(diffId), undefined);
  await own.apply(file('f'));
  writeFileSync(join(path, 'layer.json'), '{}');
  await own.reopen().recover(() => true);
  assert.ok(!existsSync(path));
});

test('a commit that a crash of the machine may have damaged is not taken for whole', async () => {
  const own = new TestStore();
  const record = (diffId: Digest): string => join(own.root, 'layers', hexOf(diffId), 'layer.json');
  own.snapshotter.create('k', []);
  const { diffId } = await own.snapshotter.commit('k', { move: true });
  const unsynced = readFileSync(record(diffId), 'utf8');
  assert.ok(own.reopen().layer(diffId), 'the same boot');
  await own.snapshotter.close();
  assert.deepEqual(JSON.parse(readFileSync(record(diffId), 'utf8')), { size: 0 });
  writeFileSync(record(diffId), unsynced.replace(/"unsyncedBoot":"[^"]*"/, '"unsyncedBoot":"another"'));
  assert.equal(own.reopen().layer(diffId), undefined);
});

test('a tree is archived by the name asked for', async () => {
  const { path } = mounted([await baseLayer()]);
  const names = async (options: Parameters<typeof store.snapshotter.archiveTree>[1]): Promise<string[]> => {
    const archive = Buffer.concat(await Array.fromAsync(store.snapshotter.archiveTree(path, options)));
    return (await exec('tar', ['-tf', '-'], { input: archive })).stdout.trim().split('\n');
  };
  assert.deepEqual(await names({ path: '/etc', name: 'etc' }), ['etc/', 'etc/old', 'etc/passwd']);
  assert.deepEqual(await names({ path: '/etc', name: '.' }), ['./', './old', './passwd']);
  assert.deepEqual(await names({ path: 'etc' }), ['old', 'passwd']);
  assert.deepEqual(await names({ path: '/etc/passwd', name: 'renamed' }), ['renamed']);
  assert.deepEqual(await names({ path: '/link', name: 'link' }), ['link']);
  assert.deepEqual(await names({ path: '/link', name: 'link', followLast: true }), [
    'link/',
    'link/a',
    'link/b',
  ]);
  assert.deepEqual(await names({ exclude: ['etc', 'dir/a'] }), ['dir/', 'dir/b', 'hard', 'link']);
  const missing = Array.fromAsync(store.snapshotter.archiveTree(path, { path: '/no/such', name: 'x' }));
  await assert.rejects(missing, { kind: 'not-found', message: '/no/such: no such file or directory' });
  const notDirectory = Array.fromAsync(store.snapshotter.archiveTree(path, { path: '/etc/passwd' }));
  await assert.rejects(notDirectory, { kind: 'invalid', message: '/etc/passwd: not a directory' });
});

test('an archive is extracted into a tree with devices, owners and attributes', async () => {
  const { path } = mounted([await baseLayer()]);
  const archive = await archiveOf([
    {
      ...file('f'),
      uid: 12,
      gid: 34,
      xattrs: new Map([
        ['user.a', 'b'],
        ['trusted.x', 'y'],
      ]),
    },
    { name: 'null', type: 'character', device: { major: 1, minor: 3 }, mode: 0o666 },
    { name: 'pipe', type: 'fifo', mode: 0o622 },
  ]);
  const source = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    for (let at = 0; at < archive.length; at += 100) yield archive.subarray(at, at + 100);
  };
  await store.snapshotter.extractTree(source(), path, { into: '/link/sub' });
  const made = join(path, 'dir/sub');
  assert.equal(statSync(join(made, 'f')).uid, 12);
  assert.deepEqual(
    [lstatSync(join(made, 'null')).rdev, lstatSync(join(made, 'null')).mode & 0o777],
    [0x103, 0o666],
  );
  assert.ok(lstatSync(join(made, 'pipe')).isFIFO());
  const { stdout } = await exec('getfattr', ['-d', '-m', '-', '--absolute-names', join(made, 'f')]);
  assert.match(stdout, /user.a="b"/);
  assert.doesNotMatch(stdout, /trusted.x/);
  await store.snapshotter.extractTree(source(), path, {
    into: '/plain',
    allowDevices: false,
    stripXattrs: true,
    owner: { uid: 5, gid: 6 },
  });
  assert.deepEqual(readdirSync(join(path, 'plain')), ['f']);
  assert.equal(statSync(join(path, 'plain/f')).gid, 6);
  assert.equal(readlinkSync(join(path, 'link')), 'dir');
});

test('an extraction that fails or is broken off says so and lets its source go', async () => {
  const { path } = mounted([]);
  let isClosed = false;
  const endless = async function* (first: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      yield first;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield Buffer.alloc(512, 'x');
      }
    } finally {
      isClosed = true;
    }
  };
  await assert.rejects(store.snapshotter.extractTree(endless(Buffer.alloc(512, 'y')), path), {
    kind: 'invalid',
    message: /wrong header checksum at byte 0/,
  });
  assert.ok(isClosed);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  const header = (await archiveOf([file('f', 'x'.repeat(10_000_000))])).subarray(0, 512);
  await assert.rejects(store.snapshotter.extractTree(endless(header), path, { signal: stop.signal }), {
    name: 'AbortError',
  });
});

test('a commit that leaves the snapshot copies what it hashes: the same layer as of a move, holes and the mode of the root kept', async () => {
  const fill = (): string => {
    const { key, path } = mounted([base]);
    writeFileSync(join(path, 'one'), 'x');
    linkSync(join(path, 'one'), join(path, 'two'));
    truncateSync(join(path, 'one'), 64 << 20);
    rmSync(join(path, 'usr'), { recursive: true, force: true });
    mkdirSync(join(path, 'usr'));
    for (const name of ['one', 'usr', '.']) utimesSync(join(path, name), 9, 9);
    chmodSync(path, 0o750);
    return key;
  };
  const base = await baseLayer();
  const key = fill();
  const copied = await store.snapshotter.commit(key, { move: false });
  const layer = store.snapshotter.layerPath(copied.diffId);
  assert.equal(statSync(join(layer, 'one')).ino, statSync(join(layer, 'two')).ino);
  assert.ok(statSync(join(layer, 'one')).blocks < 100);
  assert.equal(statSync(layer).mode & 0o777, 0o750);
  const hash = createHash('sha256');
  for await (const chunk of store.snapshotter.readLayer(copied.diffId)) hash.update(chunk);
  assert.equal(`sha256:${hash.digest('hex')}`, copied.diffId);
  assert.equal((await store.snapshotter.commit(fill(), { move: true })).diffId, copied.diffId);
});

test('a layer can be read compressed, from its directory or from a file, which must be its archive', async () => {
  const { key, path } = mounted([]);
  writeFileSync(join(path, 'file'), randomBytes(3 << 20));
  const { diffId } = await store.snapshotter.commit(key, { move: true });
  const plain = Buffer.concat(await Array.fromAsync(store.snapshotter.readLayer(diffId)));
  const other = join(store.root, 'archive');
  writeFileSync(other, plain);
  for (const compress of [{}, { path: other }]) {
    const packed = Buffer.concat(await Array.fromAsync(store.snapshotter.readLayer(diffId, { compress })));
    assert.ok(gunzipSync(packed).equals(plain));
  }
  writeFileSync(other, plain.fill(1, 2 << 20, (2 << 20) + 1));
  const read = Array.fromAsync(store.snapshotter.readLayer(diffId, { compress: { path: other } }));
  await assert.rejects(read, /can't be written again/);
});

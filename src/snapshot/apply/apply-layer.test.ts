import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { makeNode, S_IFIFO } from '../../kernel/mknod.ts';
import { readXattrs, writeXattr } from '../../kernel/xattr.ts';
import { exec } from '../../lib/exec.ts';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry } from '../../lib/tar/entry.ts';
import { digestOf } from '../../oci/digest.ts';
import {
  archiveOf,
  device,
  dir,
  file,
  hardLink,
  symlink,
  TestStore,
  type Member,
} from '../testing/layers.ts';

// Needs root: devices, owners and mounts are made for real.
const store = new TestStore('apply-test-');

/** Every path with what a layer says of it; GNU find is the witness. */
async function describe(path: string): Promise<string[]> {
  const format = String.raw`%P %y %m %U %G %s %T@ %l %n\n`;
  const { stdout } = await exec('find', [path, '-mindepth', '1', '-printf', format]);
  return stdout.trim().split('\n').sort();
}

test('a layer of GNU tar with all kinds of files makes the same tree', async () => {
  const source = join(store.root, 'source');
  const deep = join(source, 'd'.repeat(120), 'e'.repeat(120));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'f'.repeat(150)), 'deep');
  writeFileSync(Buffer.from(`${source}/not-utf8-\xe9`, 'latin1'), 'y');
  await exec('ln', ['-s', 't'.repeat(300), join(source, 'longlink')]);
  await exec('cp', ['/bin/true', join(source, 'capable')]);
  await exec('setcap', ['cap_net_raw+ep', join(source, 'capable')]);
  writeXattr(join(source, 'capable'), 'user.bin', 'a\0b\n=c');
  makeNode(join(source, 'null'), 0o20666, 1, 3);
  makeNode(join(source, 'disk'), 0o60600, 259, 70000);
  makeNode(join(source, 'pipe'), S_IFIFO | 0o600);
  writeFileSync(join(source, 'owned'), '');
  await exec('chown', ['4000000000:3000000000', join(source, 'owned')]);
  await exec('ln', [join(source, 'capable'), join(source, 'hard')]);
  writeFileSync(join(source, 'sparse'), 'start');
  truncateSync(join(source, 'sparse'), 50 << 20);
  await exec('chmod', ['6755', join(source, 'capable')]);
  await exec('setcap', ['cap_net_raw+ep', join(source, 'capable')]);
  await exec('touch', ['-d', '1960-01-01 00:00:00.25Z', join(source, 'owned')]);
  const path = join(store.root, 'all.tar');
  await exec('tar', [
    '-S',
    '--format=posix',
    '--xattrs',
    '--xattrs-include=*',
    '-cf',
    path,
    '-C',
    source,
    '.',
  ]);
  const { diffId } = await store.snapshotter.apply({ path, diffId: digestOf(readFileSync(path)) });
  const made = store.snapshotter.layerPath(diffId);
  assert.deepEqual(await describe(made), await describe(source));
  assert.deepEqual(readXattrs(join(made, 'hard')), readXattrs(join(source, 'capable')));
  assert.ok(statSync(join(made, 'sparse')).blocks < 100);
  assert.deepEqual(lstatSync(join(made, 'disk')).rdev, lstatSync(join(source, 'disk')).rdev);
});

test('gzip, also of several members or with garbage behind, and zstd give the same layer', async () => {
  const archive = await archiveOf([file('f', 'x'.repeat(100_000)), dir('d'), file('d/g')]);
  const diffId = digestOf(archive);
  const half = archive.length >> 1;
  const halves = [archive.subarray(0, half), archive.subarray(half)];
  const forms = {
    plain: archive,
    gzip: gzipSync(archive),
    members: Buffer.concat(halves.map((part) => gzipSync(part))),
    garbage: Buffer.concat([gzipSync(archive), Buffer.from('garbage')]),
    zeros: Buffer.concat([gzipSync(archive), Buffer.alloc(512)]),
    zstd: zstdCompressSync(archive),
    frames: Buffer.concat(halves.map((part) => zstdCompressSync(part))),
  };
  for (const [form, bytes] of Object.entries(forms)) {
    const layer = await store.snapshotter.apply({ path: store.write(bytes), diffId });
    assert.deepEqual(layer, { diffId, size: 100_007 }, form);
    assert.equal(readFileSync(join(store.snapshotter.layerPath(diffId), 'd/g'), 'utf8'), 'content', form);
    await store.snapshotter.removeLayer(diffId);
  }
});

test('bytes after the end marker count for the diffId', async () => {
  const archive = Buffer.concat([await archiveOf([file('f')]), Buffer.alloc(3000, 'x')]);
  const { diffId } = await store.snapshotter.apply({ path: store.write(archive) });
  assert.equal(diffId, digestOf(archive));
});

test('an empty layer is a layer', async () => {
  const { path, size } = await store.apply();
  assert.deepEqual([readdirSync(path), size], [[], 0]);
});

test('whiteouts become devices, opaque directories attributes', async () => {
  const { path } = await store.apply(
    dir('a'),
    file('a/.wh.gone', ''),
    file('.wh.top', ''),
    { ...dir('opaque'), mode: 0o700 },
    file('opaque/.wh..wh..opq', ''),
    file('opaque/f'),
    file('new/.wh.gone', ''),
    file('both', 'file'),
    file('.wh.both', ''),
    dir('remade'),
    file('remade/f'),
    file('.wh.remade', ''),
    file('.wh..wh.plnk/1.2', ''),
    file('.wh..wh.aufs', ''),
  );
  for (const name of ['a/gone', 'top', 'new/gone']) {
    const stats = lstatSync(join(path, name));
    assert.ok(stats.isCharacterDevice() && stats.rdev === 0, name);
  }
  for (const name of ['opaque', 'remade']) {
    assert.equal(readXattrs(join(path, name))?.get('trusted.overlay.opaque'), 'y', name);
    assert.deepEqual(readdirSync(join(path, name)), ['f']);
  }
  assert.equal(statSync(join(path, 'opaque')).mode & 0o7777, 0o700);
  assert.equal(readFileSync(join(path, 'both'), 'utf8'), 'file');
  assert.deepEqual(readdirSync(path).sort(), ['a', 'both', 'new', 'opaque', 'remade', 'top']);
});

test('what steers overlayfs comes from us alone', async () => {
  const xattrs = new Map([
    ['trusted.overlay.redirect', '/etc'],
    ['trusted.overlay.opaque', 'y'],
    ['user.overlay.opaque', 'y'],
    ['user.kept', 'yes'],
  ]);
  const { path } = await store.apply({ ...dir('d'), xattrs }, device('whiteout', 0, 0), device('kept', 1, 3));
  assert.deepEqual(readXattrs(join(path, 'd')), new Map([['user.kept', 'yes']]));
  assert.deepEqual(readdirSync(path).sort(), ['d', 'kept']);
});

test('symlinks of the layer are followed as in a chroot', async () => {
  const { path } = await store.apply(
    dir('run'),
    dir('var'),
    symlink('var/run', '/run'),
    file('var/run/pid'),
    symlink('var/up', '../../../../run'),
    file('var/up/second'),
    symlink('etc', '/missing'),
    file('etc/f'),
  );
  assert.equal(readlinkSync(join(path, 'var/run')), '/run');
  assert.deepEqual(readdirSync(join(path, 'run')).sort(), ['pid', 'second']);
  assert.deepEqual(readdirSync(join(path, 'missing')), ['f']);
});

test('a directory that something else replaces later gives way with its content', async () => {
  const { path } = await store.apply(
    dir('real'),
    dir('d'),
    file('d/a'),
    dir('d/sub'),
    file('d/sub/b'),
    symlink('d', 'real'),
    file('d/c'),
    dir('e'),
    file('e/x'),
    file('e', 'now a file'),
    file('f', 'first a file'),
    dir('f'),
    file('f/y'),
  );
  assert.equal(readlinkSync(join(path, 'd')), 'real');
  assert.deepEqual(readdirSync(join(path, 'real')), ['c']);
  assert.equal(readFileSync(join(path, 'e'), 'utf8'), 'now a file');
  assert.deepEqual(readdirSync(join(path, 'f')), ['y']);
});

const outside = join(store.root, 'outside');
mkdirSync(outside);
writeFileSync(join(outside, 'secret'), 'secret');

/** Each link leads through the next one eight times. */
function multiplying(): Member[] {
  const links = Array.from({ length: 30 }, (_, i) => symlink(`l${i}`, `l${i + 1}/../`.repeat(8)));
  return [...links, dir('l30'), file('l0/x')];
}

const refused: readonly [what: string, members: readonly Member[], message: RegExp][] = [
  ['../ in a name', [file('../outside/pwned')], /"..\/outside\/pwned" leads out of its root/],
  ['../ behind directories', [file('a/../../outside/pwned')], /leads out/],
  ['a hard link out', [hardLink('h', '../outside/secret')], /leads out/],
  [
    'a hard link to no file of the layer',
    [hardLink('h', 'etc/passwd')],
    /hard link "h" to "etc\/passwd", which is no file of this layer/,
  ],
  ['a hard link to itself', [hardLink('h', 'h')], /no file of this layer/],
  ['a hard link to a directory', [dir('d'), hardLink('h', 'd')], /no file of this layer/],
  ['a path through a file', [file('f'), file('f/x')], /not a directory: "f"/],
  [
    'a path through a hard link to a symlink',
    [symlink('l', '/'), hardLink('h', 'l'), file('h/x')],
    /not a directory: "h"/,
  ],
  [
    'a loop of symlinks',
    [symlink('a', 'b'), symlink('b', 'a'), file('a/x')],
    /too many levels of symbolic links/,
  ],
  ['symlinks that multiply', multiplying(), /too many levels of symbolic links/],
  ['a name that is too long', [file('d/'.repeat(3000))], /too long a name/],
  ['a symlink target that is too long', [symlink('l', 'x'.repeat(5000))], /symlink target of 5000 bytes/],
  ['a root that is a file', [file('.')], /root is not a directory/],
  ['a whiteout of nothing', [file('.wh.', '')], /whiteout/],
  ['a whiteout of ..', [file('d/.wh...', '')], /whiteout/],
  ['a name that no file system takes', [file('n'.repeat(300))], /File name too long/],
];

for (const [what, members, message] of refused)
  test(`a hostile layer is refused and leaves nothing: ${what}`, async () => {
    const path = store.write(await archiveOf(members));
    await assert.rejects(store.snapshotter.apply({ path }), { kind: 'invalid', message });
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.deepEqual(leftovers(), []);
  });

test('absolute names and symlinks that point out stay inside', async () => {
  const { path } = await store.apply(
    file(join(outside, 'pwned')),
    symlink('l', outside),
    file('l/pwned-too'),
    symlink('s', join(outside, 'secret')),
    file('s', 'replaced'),
  );
  assert.deepEqual(readdirSync(outside), ['secret']);
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
  assert.deepEqual(readdirSync(join(path, outside)).sort(), ['pwned', 'pwned-too']);
  assert.ok(lstatSync(join(path, 's')).isFile());
});

const leftovers = (): string[] =>
  readdirSync(join(store.root, 'layers')).filter((name) => name.startsWith('tmp-'));

test('broken archives are invalid, say why, and leave nothing', async () => {
  const archive = await archiveOf([file('f', 'x'.repeat(200_000))]);
  const noise = Buffer.from(archive.map((byte, i) => (byte + i * 31) & 0xff));
  const cases: [Uint8Array, RegExp][] = [
    [archive.subarray(0, 100_000), /unexpected end at byte 100000 \(after "f"\)/],
    [gzipSync(noise).subarray(0, 50_000), /wrong header checksum|unexpected end|broken compression/],
    [gzipSync(archive).subarray(0, 100), /unexpected end.*broken compression/],
    [zstdCompressSync(archive).subarray(0, 20), /broken compression: .*premature end/],
    [Buffer.from('no archive at all'.repeat(100)), /wrong header checksum at byte 0/],
  ];
  for (const [bytes, message] of cases)
    await assert.rejects(store.snapshotter.apply({ path: store.write(bytes) }), { kind: 'invalid', message });
  assert.deepEqual(leftovers(), []);
});

test('content of another diffId is invalid', async () => {
  const path = store.write(await archiveOf([file('f', 'unexpected')]));
  const diffId = digestOf('something else');
  await assert.rejects(store.snapshotter.apply({ path, diffId }), {
    kind: 'invalid',
    message: /wrong layer content: want diffId sha256:.*, got sha256:/,
  });
  assert.equal(store.snapshotter.layer(diffId), undefined);
  assert.deepEqual(leftovers(), []);
});

test('equal calls share one flight, and different layers are applied at once', async () => {
  const archives = await Promise.all([1, 2, 3, 4, 5].map((n) => archiveOf([file('f', `shared ${n}`)])));
  const sources = archives.map((archive) => ({ path: store.write(archive), diffId: digestOf(archive) }));
  const calls = [...sources, ...sources].map((source) => store.snapshotter.apply(source));
  const layers = await Promise.all(calls);
  assert.deepEqual(layers.slice(5), layers.slice(0, 5));
  assert.deepEqual(leftovers(), []);
});

test('an abort stops a layer under way and leaves nothing', async () => {
  const path = store.write(encodeHeader(makeEntry({ name: 'zeros', size: 16 * 2 ** 30 })));
  truncateSync(path, 16 * 2 ** 30 + 1024);
  const stop = new AbortController();
  const read: number[] = [];
  const applied = store.snapshotter.apply({ path }, { signal: stop.signal, onBytes: (n) => read.push(n) });
  setTimeout(() => stop.abort(), 250);
  await assert.rejects(applied, { name: 'AbortError' });
  assert.ok((read[0] ?? 0) > 0);
  assert.deepEqual(leftovers(), []);
});

test('sparse members are made as sparse files', async () => {
  const sparse = { realSize: 2 ** 40, segments: [{ offset: 1 << 20, length: 7 }] };
  const { path, size } = await store.apply({
    ...makeEntry({ name: 'huge', sparse, size: 7 }),
    body: 'content',
  });
  const stats = statSync(join(path, 'huge'));
  assert.equal(stats.size, 2 ** 40);
  assert.ok(stats.blocks < 100);
  assert.equal(size, 2 ** 40);
});

test('directories get their times in whatever order their members come, and whiteouts do not change them', async () => {
  const timed = (name: string, mtime: number): Member => ({ ...dir(name), mtime, mode: 0o2751 });
  const { path } = await store.apply(
    timed('a', 5),
    timed('b', 6),
    timed('a/deep', 7),
    timed('b/deep', 8),
    file('a/x'),
    file('b/deep/y'),
    file('a/deep/z'),
    timed('hidden', 9),
    file('hidden/.wh.gone', ''),
    timed('opaque', 10),
    file('opaque/.wh..wh..opq', ''),
    timed('again', 1),
    file('again/x'),
    file('last'),
    timed('again', 11),
    hardLink('b/link', 'last'),
  );
  const times = ['a', 'b', 'a/deep', 'b/deep', 'hidden', 'opaque', 'again'].map((name) => {
    const { mtimeMs, mode } = lstatSync(join(path, name));
    return [name, mtimeMs / 1000, mode & 0o7777];
  });
  assert.deepEqual(times, [
    ['a', 5, 0o2751],
    ['b', 6, 0o2751],
    ['a/deep', 7, 0o2751],
    ['b/deep', 8, 0o2751],
    ['hidden', 9, 0o2751],
    ['opaque', 10, 0o2751],
    ['again', 11, 0o2751],
  ]);
});

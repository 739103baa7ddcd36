import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf, type Digest } from '../oci/digest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import {
  blobPath,
  collected,
  imageOf,
  layerOf,
  ociFiles,
  oldDockerFiles,
  streamOf,
  type TarFile,
  tarOf,
} from './testing/archives.ts';
import { openTestImages, type TestImages } from './testing/open-test-images.ts';

// These tests extract layers, for which they need root.

const base = layerOf([['etc/name', 'base']], 'none');
const top = layerOf([['etc/more', 'top']], 'none');

const loadFiles = (store: TestImages, files: readonly TarFile[]) => store.images.load(streamOf(tarOf(files)));

/** What a store has on disk, but for its empty directories. */
function contentsOf({ directory }: TestImages): string[] {
  const names = (path: string): string[] => readdirSync(join(directory, path));
  return [
    ...names('content/sha256'),
    ...names('content/ingest'),
    ...names('layers').filter((name) => !['l', 'empty'].includes(name)),
  ];
}

test('an old docker archive, plain or compressed, gives the image with its names and layers', async () => {
  const image = imageOf([base, top]);
  const archive = tarOf(oldDockerFiles(image, ['app:1', 'localhost:5000/team/app:2']));
  for (const sent of [archive, gzipSync(archive), zstdCompressSync(archive)]) {
    using store = openTestImages();
    const [loaded] = await store.images.load(streamOf(sent));
    assert.deepEqual(loaded?.names, ['app:1', 'localhost:5000/team/app:2']);
    assert.equal(loaded.image.id, digestOf(image.config));
    assert.deepEqual(loaded.image.tags, ['app:1', 'localhost:5000/team/app:2']);
    const path = store.snapshots.layerPath(top.diffId as Digest);
    assert.equal(readFileSync(join(path, 'etc/more'), 'utf8'), 'top');
    assert.deepEqual(store.told, [`load ${loaded.image.id}`]);
  }
});

test('layers that an old archive links to one another are found', async () => {
  using store = openTestImages();
  const image = imageOf([base, base]);
  const manifest = [{ Config: 'c.json', RepoTags: null, Layers: ['a/layer.tar', 'b/layer.tar'] }];
  const [loaded] = await loadFiles(store, [
    ['a/layer.tar', base.blob],
    { name: 'b/layer.tar', type: 'symlink', linkName: '../a/layer.tar' },
    ['c.json', image.config],
    ['manifest.json', JSON.stringify(manifest)],
  ]);
  assert.deepEqual(loaded?.names, []);
  assert.equal(loaded.image.id, digestOf(image.config));
});

test('an OCI archive gives the images of its index, compressed layers and all', async () => {
  using store = openTestImages();
  const one = imageOf([layerOf([['a', '1']], 'gzip'), layerOf([['b', '2']], 'zstd')]);
  const two = imageOf([layerOf([['a', '1']], 'gzip')]);
  const loaded = await loadFiles(
    store,
    ociFiles([{ image: one, name: 'docker.io/library/one:x' }, { image: two }]),
  );
  assert.deepEqual(
    loaded.map(({ names }) => names),
    [['one:x'], []],
  );
  assert.equal(store.images.get('one:x').manifest?.digest, digestOf(one.manifest));
  assert.equal(store.images.list().length, 2);
});

test('an index is loaded whole: its name means the image of this host, and the others are kept with it', async () => {
  using store = openTestImages();
  const here = imageOf([base]);
  const there = imageOf([top], parsePlatform('plan9/mips'));
  const entries = [there, here].map((image) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(image.manifest),
    size: image.manifest.length,
    platform: JSON.parse(image.config.toString()) as object,
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: entries }));
  const outer = {
    schemaVersion: 2,
    manifests: [
      { mediaType: 'application/vnd.oci.image.index.v1+json', digest: digestOf(index), size: index.length },
    ],
  };
  const files = ociFiles([{ image: there }, { image: here }]).filter(([name]) => name !== 'index.json');
  const [loaded, second] = await loadFiles(store, [
    ...files,
    [blobPath(index), index],
    ['index.json', JSON.stringify(outer)],
  ]);
  assert.equal(loaded?.image.id, digestOf(here.config));
  assert.equal(second, undefined);
  assert.equal([...store.content.list()].length, 7); // the index, and of each config, manifest and layer
  assert.deepEqual(store.images.list({ all: true }).length, 2);
});

const good = ociFiles([{ image: imageOf([base]), name: 'docker.io/library/x:1' }]);
const without = (path: string): [string, Buffer][] => good.filter(([name]) => name !== path);
const hostile: [what: string, files: TarFile[], message: RegExp][] = [
  [
    'a path upwards',
    [...good, ['../../etc/cron.d/x', 'x']],
    /"\.\.\/\.\.\/etc\/cron\.d\/x": path .* leads out of the archive/,
  ],
  ['an absolute path', [...good, ['/etc/x', 'x']], /"\/etc\/x": absolute path/],
  [
    'a link upwards',
    [
      ...without(blobPath(base.blob)),
      { name: blobPath(base.blob), type: 'symlink', linkName: '../../../../etc/shadow' },
    ],
    /etc\/shadow": path .* leads out of the archive/,
  ],
  [
    'links in a circle',
    [...without('index.json'), { name: 'index.json', type: 'symlink', linkName: 'index.json' }],
    /index\.json: too many links/,
  ],
  [
    'a wrong digest',
    [...without(blobPath(base.blob)), [blobPath(base.blob), 'other']],
    /blobs\/sha256\/[a-f0-9]{64}: its content has digest/,
  ],
  [
    'a missing layer',
    without(blobPath(base.blob)),
    /blobs\/sha256\/[a-f0-9]{64}: missing \(named by blobs\/sha256\//,
  ],
  ['no index', without('index.json'), /neither manifest\.json nor index\.json/],
  [
    'an index that is no JSON',
    [...without('index.json'), ['index.json', '{']],
    /index\.json: document: no valid JSON/,
  ],
  [
    'an index of the wrong shape',
    [...without('index.json'), ['index.json', '{"manifests":[7]}']],
    /index\.json: .*entry 0: no descriptor/,
  ],
  [
    'a huge index',
    [...without('index.json'), ['index.json', Buffer.alloc(5 << 20, ' ')]],
    /index\.json: larger than/,
  ],
  ['another digest algorithm', [['blobs/md5/00', 'x'], ...good], /blobs\/md5\/00: no sha256 digest/],
  [
    'a bad name',
    oldDockerFiles(imageOf([base]), ['UPPER:1']),
    /image 0: name "UPPER:1": invalid reference format/,
  ],
  [
    'a missing config',
    [['manifest.json', '[{"Config":"c","Layers":[]}]']],
    /c: missing \(named by manifest\.json: image 0\)/,
  ],
];

for (const [what, files, message] of hostile) {
  test(`an archive with ${what} is refused and leaves nothing behind`, async () => {
    using store = openTestImages();
    await assert.rejects(loadFiles(store, files), (error: Error & { kind?: string }) => {
      assert.equal(error.kind, 'invalid');
      assert.match(error.message, message);
      assert.ok(error.message.startsWith('invalid image archive: ') && !error.message.includes('\n'));
      return true;
    });
    assert.deepEqual(contentsOf(store), []);
    assert.deepEqual(store.images.list(), []);
  });
}

test('a layer that is not what the config says, and a cut archive, leave nothing behind', async () => {
  using store = openTestImages();
  const lying = { ...imageOf([{ ...base, diffId: top.diffId }, base]) };
  await assert.rejects(loadFiles(store, oldDockerFiles(lying, ['x:1'])), { kind: 'invalid' });
  const archive = tarOf(oldDockerFiles(imageOf([base]), ['x:1']));
  await assert.rejects(store.images.load(streamOf(archive.subarray(0, 700))), { kind: 'invalid' });
  await assert.rejects(store.images.load(streamOf(gzipSync(archive).subarray(0, 100))), { kind: 'invalid' });
  await assert.rejects(store.images.load(streamOf(Buffer.from('no archive at all'.repeat(50)))), {
    kind: 'invalid',
  });
  assert.deepEqual(contentsOf(store), []);
});

test('a file that looks like a layer and belongs to no image is not kept', async () => {
  using store = openTestImages();
  const big = layerOf([['big', Buffer.alloc(2 << 20)]], 'none');
  const stray = tarOf([['stray', Buffer.alloc(2 << 20, 1)]]);
  const broken = Buffer.from(stray);
  broken.fill(0x37, 700, 2000); // no valid second member
  const image = imageOf([big]);
  await loadFiles(store, [
    ['a.tar', stray],
    ['b.tar', broken.subarray(0, 1_500_000)],
    ...oldDockerFiles(image, ['x:1']),
  ]);
  assert.deepEqual(
    store.snapshots.layers().map(({ diffId }) => diffId),
    [big.diffId],
  );
  assert.equal([...store.content.list()].length, 2);
});

test('what is saved loads elsewhere as the same image, byte for byte the same each time', async () => {
  using store = openTestImages();
  await loadFiles(
    store,
    ociFiles([{ image: imageOf([layerOf([['a', '1']])]), name: 'docker.io/library/one:x' }]),
  );
  await loadFiles(store, oldDockerFiles(imageOf([base, top]), ['two:a', 'two:b', 'other:1']));
  const saved = await collected(store.images.save(['one:x', 'two', store.images.get('other:1').id]));
  assert.deepEqual(
    await collected(store.images.save(['one:x', 'two', store.images.get('other:1').id])),
    saved,
  );

  using other = openTestImages();
  const loaded = await other.images.load(streamOf(saved));
  assert.deepEqual(
    loaded.map(({ names }) => names),
    [['one:x'], ['two:a', 'two:b']],
  );
  assert.equal(other.images.get('one:x').manifest?.digest, store.images.get('one:x').manifest?.digest);
  assert.deepEqual(await collected(other.images.save(['one:x', 'two'])), saved);
  assert.deepEqual(
    store.told.slice(-2).map((line) => line.split(' ')[0]),
    ['save', 'save'],
  );
});

test('saving by id leaves the names out; an unknown name is told before the first byte', async () => {
  using store = openTestImages();
  const [loaded] = await loadFiles(store, oldDockerFiles(imageOf([base]), ['two:a']));
  using other = openTestImages();
  const [again] = await other.images.load(store.images.save([loaded?.image.id.slice(7, 19) ?? '']));
  assert.deepEqual([again?.image.id, again?.names], [loaded?.image.id, []]);
  assert.throws(() => store.images.save(['two:a', 'nope']), {
    kind: 'not-found',
    message: 'No such image: nope',
  });
});

test('an imported root file system is an image of one layer', async () => {
  using store = openTestImages();
  const tar = tarOf([['bin/sh', '#!']]);
  const image = await store.images.importRootfs(streamOf(gzipSync(tar)), {
    reference: parseReference('rootfs'),
    message: 'from here',
    changes: { Cmd: ['/bin/sh'] },
  });
  assert.deepEqual(image.tags, ['rootfs:latest']);
  assert.deepEqual(image.config.rootfs.diff_ids, [digestOf(tar)]);
  assert.deepEqual(image.config.config, { Cmd: ['/bin/sh'] });
  assert.equal(store.images.history('rootfs')[0]?.comment, 'from here');
  assert.deepEqual(store.told, ['tag rootfs:latest', `import ${image.id}`]);
  await assert.rejects(store.images.importRootfs(streamOf(Buffer.alloc(3000, 'x')), {}), { kind: 'invalid' });
  assert.equal([...store.content.list()].length, 2);
});

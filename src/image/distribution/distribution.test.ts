import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Manifest } from '../../oci/manifest.ts';
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import { openRegistry } from '../../registry/client/registry.ts';
import { startRegistry, type TestRegistry } from '../../registry/testing/start-registry.ts';
import { collected, imageOf, layerOf, ociFiles, streamOf, tarOf } from '../testing/archives.ts';
import { openTestImages, type TestImages } from '../testing/open-test-images.ts';
import type { Image } from '../types.ts';
import type { Distribution, DistributionRequest, LayerFormat } from './types.ts';

// These tests extract layers, for which they need root, and start Debian's docker-registry on loopback.

let server: TestRegistry;
const client = openRegistry();
before(async () => (server = await startRegistry()));
after(async () => {
  client.close();
  await server?.[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
const at = (name: string): Reference => parseReference(`${server.host}/${name}`);
const s390x = parsePlatform('linux/s390x');
const gzip: LayerFormat = { compression: 'gzip', force: false };

async function loadTwo({ images }: TestImages): Promise<[Image, Image]> {
  const loaded: Image[] = [];
  for (const image of [
    imageOf([layerOf([['a', '1']])], hostPlatform()),
    imageOf([layerOf([['a', '1']]), layerOf([['b', '2']])], s390x),
  ])
    loaded.push((await images.load(streamOf(tarOf(ociFiles([{ image }])))))[0]?.image as Image);
  return loaded as [Image, Image];
}

async function distribute(
  store: TestImages,
  request: Partial<DistributionRequest> = {},
): Promise<Distribution> {
  const images = await loadTwo(store);
  return store.images.distribute(
    {
      images: images.map(({ config }) => ({ config })),
      index: { annotations: {} },
      format: gzip,
      ociTypes: true,
      ...request,
    },
    { signal },
  );
}

const statement = {
  predicateType: 'https://slsa.dev/provenance/v1',
  content: Buffer.from('{"predicate":{}}'),
};

test('images of two platforms are recorded under one name, pushed from the store, and pulled elsewhere', async () => {
  using store = openTestImages();
  using written = await distribute(store);
  const image = written.record([at('two:1')]);
  assert.equal(image.config.architecture, hostPlatform().architecture);
  const name = `${server.host}/two:1`;
  assert.equal(store.images.target(name)?.digest, written.root.digest);
  assert.equal(store.images.get(name, s390x).config.architecture, 's390x');
  assert.equal((await store.images.push(at('two:1'))).digest, written.root.digest);
  using other = openTestImages();
  const pulled = await other.images.pull(at('two:1'), { platform: s390x });
  assert.deepEqual([pulled.digest, pulled.image.config.architecture], [written.root.digest, 's390x']);
  using reopened = store.reopen();
  assert.equal(reopened.images.target(name)?.digest, written.root.digest);
});

test('statements are filed beside their image, in the store and in a registry, without a name for the store', async () => {
  using store = openTestImages();
  const [first] = await loadTwo(store);
  const statements = async (manifest: Descriptor) => [
    { ...statement, content: Buffer.from(manifest.digest) },
  ];
  using written = await distribute(store, { images: [{ config: first.config, statements }] });
  await written.push(at('stated:1'), { signal });
  assert.equal(store.images.find(`${server.host}/stated:1`), undefined);
  using other = openTestImages();
  await other.images.pull(at('stated:1'));
  const [found] = await other.images.attestations(`${server.host}/stated:1`);
  const manifest = written.images[0]?.manifest.digest ?? '';
  assert.deepEqual([found?.predicateType, found?.statement.toString()], [statement.predicateType, manifest]);
  written.record([at('stated:2')]);
  const manifests = await store.images.manifests(`${server.host}/stated:2`);
  assert.deepEqual(
    manifests.map(({ kind, available }) => [kind, available]),
    [
      ['image', true],
      ['attestation', true],
    ],
  );
  assert.equal((await collected(store.images.save([`${server.host}/stated:2`]))).includes(manifest), true);
});

test('without a tag it is pushed under its digest alone', async () => {
  using store = openTestImages();
  using written = await distribute(store);
  await written.push(at('bare'), { signal });
  const repository = client.repository(at('bare'), { actions: 'pull' });
  assert.equal((await repository.manifest(written.root.digest)).descriptor.digest, written.root.digest);
  assert.deepEqual(await repository.tags().catch(() => []), []);
});

test('layers are written as the format says, those of the base image as they came, unless forced', async () => {
  using store = openTestImages();
  const [base, image] = await loadTwo(store);
  const kinds = async (
    format: LayerFormat,
    parent: Digest | undefined,
    ociTypes = true,
  ): Promise<string[]> => {
    using written = await store.images.distribute(
      { images: [{ config: image.config, parent }], format, ociTypes },
      { signal },
    );
    const { layers } = JSON.parse(
      Buffer.concat(await Array.fromAsync(written.open(written.root.digest))).toString(),
    ) as Manifest;
    return layers.map(({ mediaType }) => mediaType);
  };
  const { ociLayer, ociLayerGzip, ociLayerZstd, dockerLayerGzip, dockerLayerZstd } = mediaTypes;
  assert.deepEqual(await kinds({ ...gzip, compression: 'uncompressed' }, undefined), [ociLayer, ociLayer]);
  assert.deepEqual(await kinds(gzip, undefined, false), [dockerLayerGzip, dockerLayerGzip]);
  assert.deepEqual(await kinds({ ...gzip, compression: 'zstd' }, base.id), [ociLayerGzip, ociLayerZstd]);
  assert.deepEqual(await kinds({ ...gzip, compression: 'zstd' }, base.id, false), [
    dockerLayerGzip,
    dockerLayerZstd,
  ]);
  assert.deepEqual(await kinds({ compression: 'zstd', level: 19, force: true }, base.id), [
    ociLayerZstd,
    ociLayerZstd,
  ]);
});

test('a push prefers gzip where a layer was written in several ways', async () => {
  using store = openTestImages();
  const [base] = await loadTwo(store);
  const format: LayerFormat = { compression: 'zstd', force: true };
  using written = await store.images.distribute(
    { images: [{ config: base.config }], format, ociTypes: true },
    { signal },
  );
  assert.ok(written.root);
  await store.images.create({ ...base.config, author: 'me' }, { tags: [at('mixed:1')] });
  await store.images.push(at('mixed:1'));
  const { content } = await client.repository(at('mixed'), { actions: 'pull' }).manifest('1');
  assert.match(content.toString(), /tar.gzip/);
  assert.doesNotMatch(content.toString(), /zstd/);
});

test('an archive of it loads elsewhere as the same index, and the same gives the same bytes', async () => {
  using store = openTestImages();
  using written = await distribute(store);
  const options = { names: [parseReference('me/app:1')], docker: false };
  const archive = await collected(written.archive(options));
  assert.deepEqual(await collected(written.archive(options)), archive);
  const names = [parseReference(`me/app@${written.root.digest}`)];
  const pinned = (await collected(written.archive({ ...options, names }))).toString();
  assert.ok(
    pinned.includes(`"io.containerd.image.name":"docker.io/${names[0]?.path}@${written.root.digest}"`),
  );
  using other = openTestImages();
  await other.images.load(streamOf(archive));
  assert.equal(other.images.target('me/app:1')?.digest, written.root.digest);
  assert.equal(other.images.get('me/app:1', s390x).config.architecture, 's390x');
});

test('an index that an equal build made anew with other statements is forgotten, one with a name is not', async () => {
  using store = openTestImages();
  const [first] = await loadTwo(store);
  const recorded = async (text: string, ...tags: string[]): Promise<Digest> => {
    const statements = async () => [{ ...statement, content: Buffer.from(text) }];
    using written = await distribute(store, { images: [{ config: first.config, statements }] });
    written.record(tags.map((tag) => parseReference(tag)));
    return written.root.digest;
  };
  const old = await recorded('1', 'me/app:1');
  const named = await recorded('2', 'me/app:1', 'me/app:2');
  const latest = await recorded('3', 'me/app:1');
  await store.images.collect();
  using reopened = store.reopen();
  const { images, content } = reopened;
  assert.deepEqual(
    [old, named, latest].map((digest) => content.stat(digest) !== undefined),
    [false, true, true],
  );
  assert.deepEqual([images.target('me/app:1')?.digest, images.target('me/app:2')?.digest], [latest, named]);
  assert.equal((await images.attestations('me/app:2'))[0]?.statement.toString(), '2');
});

test('what was written and not recorded goes with it', async () => {
  using store = openTestImages();
  const before = async (): Promise<string[]> => {
    await store.images.collect();
    return [...store.content.list()].map(({ digest }) => digest).sort();
  };
  await loadTwo(store);
  const kept = await before();
  const written = await distribute(store, { index: { annotations: { a: 'b' } } });
  await store.images.collect();
  assert.ok(store.content.stat(written.root.digest));
  written[Symbol.dispose]();
  assert.equal((await before()).includes(written.root.digest), false);
  assert.ok(kept.length > 0);
});

test('no file of a layer is younger than the time asked for, those of the parent stay as they are', async () => {
  using store = openTestImages();
  const [base, image] = await loadTwo(store);
  const { id } = base;
  const young = imageOf([layerOf([['a', '1']]), layerOf([{ name: 'b', mtime: 2_000_000_000 }])]);
  const [loaded] = await store.images.load(streamOf(tarOf(ociFiles([{ image: young }]))));
  assert.ok(loaded);
  const { config } = loaded.image;
  using clamped = await store.images.clampTimes(config, { parent: id, epoch: 1_000_000, signal });
  const [first, second] = clamped.config.rootfs.diff_ids;
  assert.equal(first, image.config.rootfs.diff_ids[0]);
  assert.equal(statSync(`${store.snapshots.layerPath(second as Digest)}/b`).mtimeMs, 1_000_000_000);
});

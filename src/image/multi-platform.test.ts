import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Descriptor, mediaTypes } from '../oci/descriptor.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { hostPlatform, parsePlatform } from '../oci/platform.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { openRegistry } from '../registry/client/registry.ts';
import { startRegistry, type TestRegistry } from '../registry/testing/start-registry.ts';
import { collected, imageOf, layerOf, streamOf, type TestImage } from './testing/archives.ts';
import { openTestImages, type TestImages } from './testing/open-test-images.ts';
import type { TransferProgress } from './types.ts';

// These tests extract layers, for which they need root, and start Debian's docker-registry on loopback.

let server: TestRegistry;
const client = openRegistry();
before(async () => (server = await startRegistry()));
after(async () => {
  client.close();
  await server?.[Symbol.asyncDispose]();
});

const at = (name: string): Reference => parseReference(`${server.host}/${name}`);
const nobody = { inUseBy: () => undefined };
const s390x = parsePlatform('linux/s390x');
const riscv64 = parsePlatform('linux/riscv64');

async function send(repository: string, content: Buffer, tag: string): Promise<void> {
  const { mediaType } = JSON.parse(content.toString()) as { mediaType: string };
  await client.repository(at(repository), { actions: 'push' }).putManifest(tag, { mediaType, content });
}

/** Files an image without a tag and returns what an index says of it. */
async function file(repository: string, image: TestImage, more: Partial<Descriptor>): Promise<Descriptor> {
  const remote = client.repository(at(repository), { actions: 'push' });
  for (const blob of [image.config, ...image.layers.map((layer) => layer.blob)])
    await remote.upload({ digest: digestOf(blob), size: blob.length, open: () => streamOf(blob) });
  const digest = digestOf(image.manifest);
  await send(repository, image.manifest, digest);
  return { mediaType: mediaTypes.ociManifest, digest, size: image.manifest.length, ...more };
}

const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1","predicate":{}}');
const predicateType = 'https://slsa.dev/provenance/v0.2';

/** What BuildKit files beside an image. */
async function fileAttestation(repository: string, subject: Digest): Promise<Descriptor> {
  const layer = {
    mediaType: 'application/vnd.in-toto+json',
    digest: digestOf(statement),
    size: statement.length,
    annotations: { 'in-toto.io/predicate-type': predicateType },
  };
  const config = Buffer.from('{"architecture":"unknown","os":"unknown","rootfs":{"type":"layers"}}');
  const image = { config, layers: [{ blob: statement, mediaType: layer.mediaType, diffId: '' }] };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
      layers: [layer],
    }),
  );
  return file(
    repository,
    { ...image, manifest },
    {
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': subject,
      },
    },
  );
}

const here = imageOf([layerOf([['here', '1']])]);
const there = imageOf([layerOf([['there', '1']])], s390x);
const elsewhere = imageOf([layerOf([['elsewhere', '1']])], riscv64);

/** An index of three platforms and an attestation under the tag 1. */
async function publishAll(repository: string): Promise<{ index: Buffer; digest: Digest }> {
  const entry = await file(repository, here, { platform: hostPlatform() });
  const manifests = [
    await file(repository, there, { platform: s390x }),
    entry,
    await file(repository, elsewhere, { platform: riscv64 }),
    await fileAttestation(repository, entry.digest),
  ];
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  await send(repository, index, '1');
  return { index, digest: digestOf(index) };
}

const nameOf = (repository: string): string => `${server.host}/${repository}:1`;
const idOf = (image: TestImage): Digest => digestOf(image.config);

async function pullBoth(store: TestImages, repository: string): Promise<string> {
  await store.images.pull(at(`${repository}:1`), { platform: s390x });
  await store.images.pull(at(`${repository}:1`));
  return nameOf(repository);
}

test('a second platform joins the first under one name, which means the image of this host', async () => {
  using store = openTestImages();
  const { digest } = await publishAll('two');
  const name = nameOf('two');
  const first = await store.images.pull(at('two:1'), { platform: s390x });
  assert.deepEqual([first.image.id, first.digest], [idOf(there), digest]);
  assert.equal(store.images.get(name).id, idOf(there));
  assert.equal((await store.images.pull(at('two:1'))).upToDate, false);
  assert.equal((await store.images.pull(at('two:1'))).upToDate, true);
  assert.equal((await store.images.pull(at('two:1'), { platform: s390x })).upToDate, true);
  const reopened = store.reopen();
  using _reopened = reopened;
  const { images } = reopened;
  assert.deepEqual(
    images.list().map(({ id }) => id),
    [idOf(here)],
  );
  assert.equal(images.get(name).id, idOf(here));
  assert.deepEqual(images.get(name).digests, [`${server.host}/two@${digest}`]);
  assert.equal(images.get(name, s390x).id, idOf(there));
  assert.equal(images.get(idOf(there)).id, idOf(there));
  assert.equal(images.get(`${server.host}/two@${digest}`, s390x).id, idOf(there));
  assert.deepEqual(
    images.variantsOf(images.get(name)).map(({ id }) => id),
    [idOf(there)],
  );
  assert.throws(() => images.get(name, riscv64), {
    kind: 'not-found',
    message: `image with reference ${name} was found but does not provide the specified platform (linux/riscv64)`,
  });
  assert.equal(images.target(name)?.digest, digest);
  assert.deepEqual((await images.prune({ all: false, isUsed: () => false })).removed, []);
});

test('the manifests of an index are listed, whether they are here or not, with attestations apart', async () => {
  using store = openTestImages();
  await publishAll('listed');
  await store.images.pull(at('listed:1'));
  const found = await store.images.manifests(nameOf('listed'));
  assert.deepEqual(
    found.map(({ kind, available, image }) => [kind, available, image?.id]),
    [
      ['image', false, undefined],
      ['image', true, idOf(here)],
      ['image', false, undefined],
      ['attestation', true, undefined],
    ],
  );
  const size = (image: TestImage) =>
    [image.manifest, image.config, ...image.layers.map(({ blob }) => blob)].reduce(
      (sum, { length }) => sum + length,
      0,
    );
  assert.deepEqual([found[0]?.contentSize, found[1]?.contentSize], [0, size(here)]);
  assert.equal(found[3]?.subject, digestOf(here.manifest));
  const [attestation] = await store.images.attestations(nameOf('listed'));
  assert.deepEqual([attestation?.predicateType, attestation?.statement], [predicateType, statement]);
});

test('removing the name removes all platforms, removing one platform leaves the others', async () => {
  using store = openTestImages();
  await publishAll('removed');
  const name = await pullBoth(store, 'removed');
  const records = await store.images.remove(name, { ...nobody, platforms: [hostPlatform()] });
  assert.deepEqual(records[0], { deleted: idOf(here) });
  assert.equal(store.images.get(name).id, idOf(there));
  await store.images.pull(at('removed:1'));
  assert.equal(store.images.get(name).id, idOf(here));
  await assert.rejects(store.images.remove(name, { ...nobody, platforms: [riscv64] }), { kind: 'not-found' });
  const user = (id: Digest) => (id === idOf(there) ? { id: 'c'.repeat(64), running: true } : undefined);
  await assert.rejects(store.images.remove(name, { inUseBy: user, platforms: [s390x], force: true }), {
    message: `conflict: unable to delete ${idOf(there).slice(7, 19)} (cannot be forced) - image is being used by running container cccccccccccc`,
  });
  await assert.rejects(
    store.images.remove(name, { inUseBy: user }),
    /must force.* container cccccccccccc is using/,
  );
  const all = await store.images.remove(name, nobody);
  assert.deepEqual(all[0], { untagged: name });
  assert.deepEqual(store.images.list({ all: true }), []);
  assert.deepEqual([[...store.content.list()], store.snapshots.layers()], [[], []]);
});

test('an index is pushed whole where all of it can be had, else the one image that is here', async () => {
  using store = openTestImages();
  const { index, digest } = await publishAll('source');
  await store.images.pull(at('source:1'));
  store.images.tag(nameOf('source'), at('source:2'));
  // the rest of it is in that repository already
  assert.equal((await store.images.push(at('source:2'))).digest, digest);
  store.images.tag(nameOf('source'), at('target:1'));
  const lines: TransferProgress[] = [];
  const single = await store.images.push(at('target:1'), { onProgress: (line) => lines.push(line) });
  assert.equal(single.digest, digestOf(here.manifest));
  const aux = lines.at(-1)?.aux as { originalIndex: Descriptor; selectedManifest: Descriptor };
  assert.deepEqual([aux.originalIndex.digest, aux.selectedManifest.digest], [digest, single.digest]);
  for (const platform of [s390x, riscv64]) await store.images.pull(at('source:1'), { platform });
  assert.equal((await store.images.push(at('target:1'))).digest, digest);
  const found = await client.repository(at('target'), { actions: 'pull' }).manifest('1');
  assert.deepEqual(found.content, index);
  using other = openTestImages();
  assert.equal((await other.images.pull(at('target:1'), { platform: riscv64 })).image.id, idOf(elsewhere));
  const one = await store.images
    .push(at('target:one'), { platform: s390x })
    .catch((error: Error) => error.message);
  assert.match(typeof one === 'string' ? one : '', /tag does not exist/);
  store.images.tag(nameOf('target'), at('target:one'));
  const pushed = await store.images.push(at('target:one'), { platform: s390x });
  assert.equal(pushed.digest, digestOf(there.manifest));
});

test('what is saved of an index loads elsewhere as the same index, or as the platforms that were asked for', async () => {
  using store = openTestImages();
  const { digest } = await publishAll('saved');
  const name = await pullBoth(store, 'saved');
  const archive = await collected(store.images.save([name]));
  assert.deepEqual(await collected(store.images.save([name])), archive);
  using other = openTestImages();
  const [loaded, second] = await other.images.load(streamOf(archive));
  assert.deepEqual([loaded?.image.id, loaded?.names, second], [idOf(here), [name], undefined]);
  assert.equal(other.images.target(name)?.digest, digest);
  assert.equal(other.images.get(name, s390x).id, idOf(there));
  assert.equal((await other.images.attestations(name)).length, 1);
  const one = await collected(store.images.save([name], { platforms: [s390x] }));
  using third = openTestImages();
  assert.equal((await third.images.load(streamOf(one)))[0]?.image.id, idOf(there));
  assert.equal(third.images.list({ all: true }).length, 1);
  using fourth = openTestImages();
  assert.equal(
    (await fourth.images.load(streamOf(archive), { platforms: [s390x] }))[0]?.image.id,
    idOf(there),
  );
  await assert.rejects(fourth.images.load(streamOf(archive), { platforms: [riscv64] }), {
    message: 'requested platform (linux/riscv64) not found: image might be filtered out',
  });
  assert.throws(() => store.images.save([name], { platforms: [riscv64] }), {
    message: 'no suitable export target found for platform linux/riscv64',
  });
});

test('names leave an index when they come to mean another, and the old one stays until it is removed', async () => {
  using store = openTestImages();
  await publishAll('moving');
  const name = await pullBoth(store, 'moving');
  const newer = imageOf([layerOf([['here', '2']])]);
  const entry = await file('moving', newer, { platform: hostPlatform() });
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] }),
  );
  await send('moving', index, '1');
  await store.images.pull(at('moving:1'));
  assert.equal(store.images.get(name).id, idOf(newer));
  assert.throws(() => store.images.get(name, s390x), { kind: 'not-found' });
  assert.deepEqual(new Set(store.images.list().map(({ id }) => id)), new Set([idOf(newer), idOf(here)]));
  const { removed } = await store.images.prune({ all: false, isUsed: () => false });
  const deleted = removed.map((record) => record.deleted);
  assert.ok(deleted.includes(idOf(here)) && deleted.includes(idOf(there)), JSON.stringify(removed));
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from '../lib/exec.ts';
import { type Descriptor, mediaTypes } from '../oci/descriptor.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { hostPlatform, parsePlatform } from '../oci/platform.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { openRegistry } from '../registry/client/registry.ts';
import { pass, startFront } from '../registry/testing/front.ts';
import { startRegistry, type TestRegistry } from '../registry/testing/start-registry.ts';
import { imageOf, layerOf, oldDockerFiles, streamOf, tarOf, type TestImage } from './testing/archives.ts';
import { openTestImages } from './testing/open-test-images.ts';
import type { TransferProgress } from './types.ts';

// These tests extract layers, for which they need root, and start Debian's docker-registry on loopback.

let server: TestRegistry;
const client = openRegistry();
before(async () => (server = await startRegistry()));
after(async () => {
  client.close();
  await server?.[Symbol.asyncDispose]();
});

const at = (name: string, host = server.host): Reference => parseReference(`${host}/${name}`);

/** Files documents and blobs in the registry by the plain protocol. */
async function publish(name: string, image: TestImage): Promise<Descriptor> {
  const repository = client.repository(at(name), { actions: 'push' });
  for (const blob of [image.config, ...image.layers.map((layer) => layer.blob)])
    await repository.upload({ digest: digestOf(blob), size: blob.length, open: () => streamOf(blob) });
  await repository.putManifest(at(name).tag ?? digestOf(image.manifest), {
    mediaType: mediaTypes.ociManifest,
    content: image.manifest,
  });
  return { mediaType: mediaTypes.ociManifest, digest: digestOf(image.manifest), size: image.manifest.length };
}

async function publishIndex(name: string, manifests: readonly Descriptor[]): Promise<Digest> {
  const content = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
  );
  const repository = client.repository(at(name), { actions: 'push' });
  return repository.putManifest(at(name).tag ?? 'latest', { mediaType: mediaTypes.ociIndex, content });
}

const statuses = (lines: readonly TransferProgress[]): string[] => [
  ...new Set(lines.map(({ status }) => status)),
];

test('a pull brings layers, names and digest; a second one finds the image up to date', async () => {
  using store = openTestImages();
  const image = imageOf([layerOf([['a', 'one']], 'gzip'), layerOf([['b', 'two']], 'zstd')]);
  await publish('app:1', image);
  const lines: TransferProgress[] = [];
  const pulled = await store.images.pull(at('app:1'), { onProgress: (line) => lines.push(line) });
  assert.equal(pulled.image.id, digestOf(image.config));
  assert.equal(pulled.upToDate, false);
  assert.equal(pulled.digest, digestOf(image.manifest));
  assert.deepEqual(pulled.image.tags, [`${server.host}/app:1`]);
  assert.deepEqual(pulled.image.digests, [`${server.host}/app@${digestOf(image.manifest)}`]);
  const path = store.snapshots.layerPath(image.layers[1]?.diffId as Digest);
  assert.equal(readFileSync(join(path, 'b'), 'utf8'), 'two');
  assert.deepEqual(statuses(lines).slice(0, 2), ['Pulling from app', 'Pulling fs layer']);
  assert.ok(
    ['Downloading', 'Verifying Checksum', 'Download complete', 'Pull complete'].every((word) =>
      statuses(lines).includes(word),
    ),
  );
  assert.equal(lines.at(-1)?.status, `Digest: ${pulled.digest}`);
  assert.deepEqual(store.told, [`pull ${server.host}/app`]);

  const again = await store.images.pull(at('app:1'));
  assert.equal(again.upToDate, true);
  using reopened = store.reopen();
  assert.deepEqual(reopened.images.get(`${server.host}/app:1`), pulled.image);
  const byDigest = await reopened.images.pull(at(`app@${digestOf(image.manifest)}`));
  assert.equal(byDigest.upToDate, true);
});

test('of an index the manifest for the platform is pulled, and the digest is that of the index', async () => {
  using store = openTestImages();
  const here = imageOf([layerOf([['here', '1']])]);
  const there = imageOf([layerOf([['there', '1']])], parsePlatform('linux/s390x'));
  const entries = [
    { ...(await publish('multi:s390x', there)), platform: parsePlatform('linux/s390x') },
    { ...(await publish('multi:here', here)), platform: hostPlatform() },
  ];
  const index = await publishIndex('multi:all', entries);
  const pulled = await store.images.pull(at('multi:all'));
  assert.deepEqual([pulled.image.id, pulled.digest], [digestOf(here.config), index]);
  const other = await store.images.pull(at('multi:all'), { platform: parsePlatform('linux/s390x') });
  assert.equal(other.image.id, digestOf(there.config));
  await assert.rejects(store.images.pull(at('multi:all'), { platform: parsePlatform('linux/ppc64le') }), {
    kind: 'not-found',
    message: 'no matching manifest for linux/ppc64le in the manifest list entries',
  });
  const single = await store.images.pull(at('multi:here'), { platform: parsePlatform('linux/s390x') });
  assert.equal(single.image.id, digestOf(here.config));
});

test('equal pulls share one flight, and nothing is fetched twice', async () => {
  using store = openTestImages();
  const shared = layerOf([['base', 'x'.repeat(200_000)]]);
  await publish('flight/one:1', imageOf([shared]));
  await publish('flight/two:1', imageOf([shared, layerOf([['more', '1']])]));
  await using front = await startFront(server.host, () => false);
  const pulls = ['one:1', 'one:1', 'two:1'].map((name) =>
    store.images.pull(at(`flight/${name}`, front.host)),
  );
  const [first, second] = await Promise.all(pulls);
  assert.equal(first?.image.id, second?.image.id);
  const fetched = front.seen
    .map(({ line }) => line)
    .filter((line) => line.startsWith('GET') && line !== 'GET /v2/');
  assert.equal(new Set(fetched.map((line) => line.split('/').at(-1))).size, fetched.length);
});

test('a pull that was given up is continued at its byte by the next', async () => {
  using store = openTestImages();
  const body = Buffer.alloc(400_000);
  for (let i = 0; i < body.length; i += 1) body[i] = (i * i * 31) >> 7;
  const image = imageOf([layerOf([['big', body]], 'none')]);
  await publish('cut:1', image);
  const blob = digestOf(image.layers[0]?.blob ?? '');
  let asked = 0;
  const given = new AbortController();
  await using front = await startFront(server.host, (request, response) => {
    if (!request.url?.endsWith(blob) || asked >= 2) return false;
    asked += 1;
    if (asked === 1) pass(server.host, request, response, 100_000);
    else given.abort(); // the connection was cut, and the pull came back for the rest
    return true;
  });
  const pulling = store.images.pull(at('cut:1', front.host), { signal: given.signal });
  await assert.rejects(pulling, { name: 'AbortError' });
  await store.images.pull(at('cut:1', front.host));
  const ranges = front.seen.filter(({ line }) => line.includes(blob)).map(({ headers }) => headers.range);
  assert.equal(ranges.length, 3);
  assert.match(ranges[1] ?? '', /^bytes=[1-9]\d*-$/);
  assert.equal(ranges[2], ranges[1]); // what was written when it was given up was kept
});

test('an engine that is killed in a pull continues it at its byte after its start', async () => {
  using store = openTestImages();
  const whole = layerOf([['small', '1']], 'none');
  const cut = layerOf([['big', randomBytes(400_000)]], 'none');
  await publish('killed:1', imageOf([whole, cut]));
  await using front = await startFront(server.host, (request, response) => {
    if (!request.url?.endsWith(digestOf(cut.blob)) || request.headers.range !== undefined) return false;
    const headers = { 'content-length': String(cut.blob.length) };
    response.writeHead(200, headers).write(cut.blob.subarray(0, 150_000)); // and no more
    return true;
  });
  const runner = join(import.meta.dirname, 'testing/pull-in-process.ts');
  const child = start(process.execPath, [runner, store.directory, `${front.host}/killed:1`], {
    stdio: 'ignore',
  });
  const part = join(store.directory, 'content/ingest', `${digestOf(cut.blob).slice(7)}.part`);
  for (
    let tries = 0;
    (statSync(part, { throwIfNoEntry: false })?.size ?? 0) < 150_000 && tries < 500;
    tries += 1
  )
    await delay(10);
  child.kill('SIGKILL');
  await once(child, 'close');

  using reopened = store.reopen();
  await reopened.snapshots.recover(() => false);
  assert.deepEqual(reopened.images.list(), []);
  const pulled = await reopened.images.pull(at('killed:1', front.host));
  assert.deepEqual(pulled.image.config.rootfs.diff_ids, [whole.diffId, cut.diffId]);
  const asked = front.seen.filter(({ line }) => line.endsWith(digestOf(cut.blob)));
  assert.deepEqual(
    asked.map(({ headers }) => headers.range),
    [undefined, 'bytes=150000-'],
  );
  await reopened.images.remove(pulled.image.id, { force: true, inUseBy: () => undefined });
  assert.deepEqual(reopened.snapshots.layers(), []);
  assert.deepEqual([...reopened.content.list()], []);
});

test('a config that does not fit its manifest, a lying layer and another artifact are refused', async () => {
  using store = openTestImages();
  const layer = layerOf([['a', '1']]);
  const other = layerOf([['a', '2']]);
  const short = imageOf([layer]);
  const fat = JSON.parse(short.manifest.toString()) as { layers: object[]; config: { mediaType: string } };
  fat.layers.push(fat.layers[0] ?? {});
  await publish('bad:layers', { ...short, manifest: Buffer.from(JSON.stringify(fat)) });
  await assert.rejects(store.images.pull(at('bad:layers')), {
    kind: 'invalid',
    message: /has 2 layers, but its config lists 1/,
  });
  await publish('bad:diff', imageOf([{ ...layer, diffId: other.diffId }]));
  await assert.rejects(store.images.pull(at('bad:diff')), { kind: 'invalid' });
  fat.layers.pop();
  fat.config.mediaType = 'application/vnd.cncf.helm.config.v1+json';
  await publish('bad:helm', { ...short, manifest: Buffer.from(JSON.stringify(fat)) });
  await assert.rejects(store.images.pull(at('bad:helm')), {
    kind: 'invalid',
    message: /this artifact is no container image/,
  });
  assert.deepEqual(store.images.list(), []);
});

test('a pulled image is pushed elsewhere byte for byte, by mounting its layers', async () => {
  using store = openTestImages();
  const image = imageOf([layerOf([['a', 'mount me']])]);
  await publish('mount/from:1', image);
  await store.images.pull(at('mount/from:1'));
  store.images.tag(`${server.host}/mount/from:1`, at('mount/to:2'));
  const lines: TransferProgress[] = [];
  const pushed = await store.images.push(at('mount/to:2'), { onProgress: (line) => lines.push(line) });
  assert.deepEqual(pushed, { digest: digestOf(image.manifest), size: image.manifest.length });
  assert.deepEqual(statuses(lines), [
    'Preparing',
    'Mounted from mount/from',
    `2: digest: ${digestOf(image.manifest)} size: ${image.manifest.length}`,
  ]);
  const found = await client.repository(at('mount/to'), { actions: 'pull' }).manifest('2');
  assert.deepEqual(found.content, image.manifest);
});

test('layers without a compressed archive are compressed once, and the pushed image can be pulled', async () => {
  using store = openTestImages();
  const image = imageOf([layerOf([['a', 'x'.repeat(100_000)]], 'none'), layerOf([['b', 'y']], 'none')]);
  await store.images.load(streamOf(tarOf(oldDockerFiles(image, [`${server.host}/made:1`]))));
  const lines: TransferProgress[] = [];
  const pushed = await store.images.push(at('made:1'), { onProgress: (line) => lines.push(line) });
  assert.equal(lines.filter(({ status }) => status === 'Pushed').length, 2);
  const again: TransferProgress[] = [];
  assert.deepEqual(await store.images.push(at('made:1'), { onProgress: (line) => again.push(line) }), pushed);
  assert.equal(again.filter(({ status }) => status === 'Layer already exists').length, 2);
  assert.deepEqual(store.images.get(`${server.host}/made:1`).digests, [
    `${server.host}/made@${pushed.digest}`,
  ]);

  using other = openTestImages();
  const pulled = await other.images.pull(at('made:1'));
  assert.deepEqual([pulled.image.id, pulled.digest], [digestOf(image.config), pushed.digest]);
});

test('a layer that was committed here is written anew for a push', async () => {
  using store = openTestImages();
  store.snapshots.create('k', []);
  const mounted = store.snapshots.mount('k');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(mounted, 'made'), 'here');
  store.snapshots.unmount('k');
  const layer = await store.snapshots.commit('k', { move: true });
  const config = {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers' as const, diff_ids: [layer.diffId] },
  };
  const image = await store.images.create(config, { tags: [at('committed:1')] });
  await store.images.push(at('committed:1'));
  using other = openTestImages();
  const pulled = await other.images.pull(at('committed:1'));
  assert.equal(pulled.image.id, image.id);
});

test('what is not here can not be pushed, nor a digest', async () => {
  using store = openTestImages();
  await assert.rejects(store.images.push(at('nothing:1')), {
    kind: 'not-found',
    message: `An image does not exist locally with the tag: ${server.host}/nothing`,
  });
  await assert.rejects(store.images.push(at(`x@${digestOf('')}`)), {
    message: 'cannot push a digest reference',
  });
});

test('a layer that the machine lost is extracted again from its archive at the next start', async () => {
  using store = openTestImages();
  const image = imageOf([layerOf([['kept', '1']]), layerOf([['lost', '2']])]);
  await publish('lost:1', image);
  const pulled = await store.images.pull(at('lost:1'));
  const [, lost = ''] = pulled.image.config.rootfs.diff_ids;
  const record = join(store.directory, 'layers', lost.slice(7), 'layer.json');
  writeFileSync(record, JSON.stringify({ size: 1, unsyncedBoot: 'another' }));
  using reopened = store.reopen();
  await reopened.snapshots.recover(() => false);
  assert.equal(reopened.snapshots.layer(lost as Digest), undefined);
  await reopened.images.recover();
  const path = reopened.snapshots.layerPath(lost as Digest);
  assert.equal(readFileSync(join(path, 'lost'), 'utf8'), '2');
});

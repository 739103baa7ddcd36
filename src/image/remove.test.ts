import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainIdOf, type Digest, digestOf } from '../oci/digest.ts';
import { hostPlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { imageOf, layerOf, oldDockerFiles, streamOf, tarOf, type TestImage } from './testing/archives.ts';
import { openTestImages, type TestImages } from './testing/open-test-images.ts';

// These tests extract layers, for which they need root.

const base = layerOf([['etc/name', 'base']], 'none');
const top = layerOf([['etc/more', 'top']], 'none');
const idOf = (image: TestImage): Digest => digestOf(image.config);
const short = (id: string): string => id.slice(7, 19);
const nobody = { inUseBy: () => undefined };
const container = 'c0ffee'.repeat(8);

async function storeWith(image: TestImage, names: string[]): Promise<TestImages> {
  const store = openTestImages();
  await store.images.load(streamOf(tarOf(oldDockerFiles(image, names))));
  store.told.length = 0;
  return store;
}

test('removing the last name deletes the image, its layers and its blobs', async () => {
  const image = imageOf([base, top]);
  using store = await storeWith(image, ['app:1', 'app:2']);
  assert.deepEqual(await store.images.remove('app:1', nobody), [{ untagged: 'app:1' }]);
  const diffIds = [base.diffId, top.diffId] as Digest[];
  assert.deepEqual(await store.images.remove('app:2', nobody), [
    { untagged: 'app:2' },
    { deleted: idOf(image) },
    { deleted: chainIdOf(diffIds) },
    { deleted: chainIdOf(diffIds.slice(0, 1)) },
  ]);
  assert.deepEqual(store.snapshots.layers(), []);
  assert.deepEqual([...store.content.list()], []);
  assert.deepEqual(
    store.told.map((line) => line.split(' ')[0]),
    ['untag', 'untag', 'delete'],
  );
});

test('an image that is made, named and removed is told of each time', async () => {
  using store = openTestImages();
  const image = await store.images.create(
    { ...hostPlatform(), config: { Labels: { a: 'b' } }, rootfs: { type: 'layers', diff_ids: [] } },
    { tags: [parseReference('told:1')] },
  );
  assert.deepEqual(store.told, [`create ${image.id}`, 'tag told:1']);
  await store.images.remove('told:1', nobody);
  assert.deepEqual(store.told.slice(2), [`untag ${image.id}`, `delete ${image.id}`]);
});

test('a prune takes documents that no image has, too', async () => {
  using store = await storeWith(imageOf([base]), ['app:1']);
  const known = [...store.content.list()].length;
  await store.content.put(Buffer.from('a manifest of an archive that a client has'));
  assert.deepEqual(await store.images.prune({ all: false, isUsed: () => false }), { removed: [], freed: 0 });
  assert.equal([...store.content.list()].length, known);
});

test('layers that another image has stay', async () => {
  using store = await storeWith(imageOf([base, top]), ['both:1']);
  await store.images.load(streamOf(tarOf(oldDockerFiles(imageOf([base]), ['base:1']))));
  const removed = await store.images.remove('both:1', nobody);
  assert.equal(removed.filter(({ deleted }) => deleted).length, 2);
  assert.deepEqual(
    store.snapshots.layers().map(({ diffId }) => diffId),
    [base.diffId],
  );
  assert.equal((await store.images.load(store.images.save(['base:1'])))[0]?.names[0], 'base:1');
});

test('the conflicts of Docker, word for word', async () => {
  const image = imageOf([base]);
  const id = idOf(image);
  using store = await storeWith(image, ['app:1', 'other:1']);
  const running = { inUseBy: () => ({ id: container, running: true }) };
  const stopped = { inUseBy: () => ({ id: container, running: false }) };
  const message = (text: string) => ({ kind: 'conflict', message: text });
  await assert.rejects(
    store.images.remove(short(id), nobody),
    message(
      `conflict: unable to delete ${short(id)} (must be forced) - image is referenced in multiple repositories`,
    ),
  );
  await store.images.remove('other:1', running);
  await assert.rejects(
    store.images.remove('app:1', stopped),
    message(
      `conflict: unable to remove repository reference "app:1" (must force) - container ${container.slice(0, 12)} is using its referenced image ${short(id)}`,
    ),
  );
  await assert.rejects(
    store.images.remove(id, stopped),
    message(
      `conflict: unable to delete ${short(id)} (must be forced) - image is being used by stopped container ${container.slice(0, 12)}`,
    ),
  );
  await assert.rejects(
    store.images.remove(id, { ...running, force: true }),
    message(
      `conflict: unable to delete ${short(id)} (cannot be forced) - image is being used by running container ${container.slice(0, 12)}`,
    ),
  );
  await assert.rejects(store.images.remove('nope', nobody), {
    kind: 'not-found',
    message: 'No such image: nope:latest',
  });
});

test('an image forced away from under a stopped container keeps its layers until that is gone', async () => {
  const image = imageOf([base, top]);
  using store = await storeWith(image, ['app:1']);
  await store.images.remove('app:1', { force: true, inUseBy: () => ({ id: container, running: false }) });
  assert.equal(store.images.find('app:1'), undefined);
  assert.deepEqual(store.images.list(), []);
  assert.equal(store.snapshots.layers().length, 2);
  await store.images.collect((diffId) => diffId === top.diffId);
  assert.equal(store.snapshots.layers().length, 2);
  await store.images.prune({ all: true, isUsed: (id) => id === idOf(image) });
  assert.equal(store.snapshots.layers().length, 2);
  using reopened = store.reopen();
  assert.ok((await reopened.images.prune({ all: false, isUsed: () => false })).freed > 0);
  assert.deepEqual(reopened.snapshots.layers(), []);
  assert.deepEqual([...reopened.content.list()], []);
});

test('an image forced away from under a running container loses its name only', async () => {
  const image = imageOf([base]);
  using store = await storeWith(image, ['app:1']);
  const removed = await store.images.remove('app:1', {
    force: true,
    inUseBy: () => ({ id: container, running: true }),
  });
  assert.deepEqual(removed, [{ untagged: 'app:1' }]);
  assert.deepEqual(store.images.get(idOf(image)).tags, []);
});

test('parents without names go with their child, and children hold their parents', async () => {
  const parent = imageOf([base]);
  using store = await storeWith(parent, []);
  const config = { ...store.images.get(idOf(parent)).config, author: 'me' };
  const child = await store.images.create(config, { tags: [parseReference('child')], parent: idOf(parent) });
  await assert.rejects(store.images.remove(idOf(parent), { ...nobody, force: true }), {
    message: `conflict: unable to delete ${short(idOf(parent))} (cannot be forced) - image has dependent child images`,
  });
  assert.deepEqual(await store.images.remove('child', { ...nobody, noPrune: true }), [
    { untagged: 'child:latest' },
    { deleted: child.id },
  ]);
  await store.images.create(config, { tags: [parseReference('child')], parent: idOf(parent) });
  await store.images.remove('child', nobody);
  assert.deepEqual(store.images.list(), []);
});

test('names move, short ids and digests are found, ambiguous ones are not', async () => {
  const image = imageOf([base]);
  using store = await storeWith(image, ['app:1']);
  const id = idOf(image);
  for (const name of ['app:1', id, id.slice(7), short(id), id.slice(0, 20), 'docker.io/library/app:1'])
    assert.equal(store.images.find(name)?.id, id, name);
  for (const name of ['app', 'app:2', '', 'UPPER', 'sha256:', 'ffffffffffff'])
    assert.equal(store.images.find(name), undefined, name);
  store.images.tag('app:1', parseReference('new/name'));
  assert.deepEqual(store.images.get(id).tags, ['app:1', 'new/name:latest']);
  assert.throws(() => store.images.tag('app:1', parseReference(`x@${id}`)), {
    message: 'refusing to create a tag with a digest reference',
  });
  const config = { ...store.images.get(id).config, author: 'me' };
  const moved = await store.images.create(config, { tags: [parseReference('app:1')] });
  assert.equal(store.images.get('app:1').id, moved.id);
  assert.deepEqual(store.images.get(id).tags, ['new/name:latest']);
});

test('prune takes what has no tag, or with `all` what no container uses', async () => {
  const dangling = imageOf([top]);
  const kept = imageOf([base]);
  using store = await storeWith(kept, ['kept:1']);
  await store.images.load(streamOf(tarOf(oldDockerFiles(dangling, []))));
  const first = await store.images.prune({ all: false, isUsed: () => false });
  assert.equal(first.removed[0]?.deleted, idOf(dangling));
  assert.ok(first.freed > 0);
  const used = await store.images.prune({ all: true, isUsed: (id) => id === idOf(kept) });
  assert.deepEqual(used, { removed: [], freed: 0 });
  await store.images.prune({ all: true, isUsed: () => false, filter: () => false });
  assert.equal(store.images.list().length, 1);
  const all = await store.images.prune({ all: true, isUsed: () => false });
  assert.deepEqual(all.removed.slice(0, 2), [{ untagged: 'kept:1' }, { deleted: idOf(kept) }]);
  assert.deepEqual([...store.content.list()], []);
});

test('of the names of an image in use, prune leaves those that are used, else the last', async () => {
  const image = imageOf([base]);
  using store = await storeWith(image, ['x:1', 'x:2', 'x:3']);
  const isUsed = (): boolean => true;
  const first = await store.images.prune({ all: true, isUsed, usedNames: new Set(['x:2']) });
  assert.deepEqual(first.removed, [{ untagged: 'x:1' }, { untagged: 'x:3' }]);
  using other = await storeWith(image, ['y:1', 'y:2']);
  assert.deepEqual((await other.images.prune({ all: true, isUsed })).removed, [{ untagged: 'y:1' }]);
});

test('a leased layer is not collected before its lease ends', async () => {
  using store = await storeWith(imageOf([base, top]), ['app:1']);
  const lease = store.images.leaseLayers([top.diffId as Digest]);
  await store.images.remove('app:1', nobody);
  assert.deepEqual(
    store.snapshots.layers().map(({ diffId }) => diffId),
    [top.diffId],
  );
  lease[Symbol.dispose]();
  assert.ok((await store.images.collect()) > 0);
  assert.deepEqual(store.snapshots.layers(), []);
});

test('history lists the newest step first, with sizes of layers and the id of the image', async () => {
  const image = imageOf([base, top]);
  using store = await storeWith(image, ['app:1']);
  const steps = store.images.history('app:1');
  assert.deepEqual(
    steps.map(({ createdBy, id, tags }) => [createdBy, id, tags]),
    [
      ['layer 1', idOf(image), ['app:1']],
      ['layer 0', undefined, []],
    ],
  );
  assert.ok(steps.every(({ size }) => size > 0));
});

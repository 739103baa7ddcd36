import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, hexOf } from '../oci/digest.ts';
import { openContentStore } from './content-store.ts';

const root = mkdtempSync(join(tmpdir(), 'content-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
function freshStore() {
  const dir = join(root, String(++count));
  return { dir, store: openContentStore(dir) };
}

/** A source that gives the content from the offset on, in small chunks, and breaks after `breakAt` bytes of it. */
function sourceOf(content: Uint8Array, options: { breakAt?: number; offsets?: number[] } = {}) {
  return async function* (offset: number) {
    options.offsets?.push(offset);
    for (let at = offset; at < content.length; at += 100) {
      if (options.breakAt !== undefined && at >= options.breakAt) throw new Error('connection reset');
      yield content.subarray(at, at + 100);
      await Promise.resolve();
    }
  };
}

test('a blob that was put can be read, listed and deleted', async () => {
  const { store } = freshStore();
  const { digest, size } = await store.put(Buffer.from('hello'));
  assert.equal(size, 5);
  assert.equal(digest, digestOf('hello'));
  assert.equal((await store.read(digest)).toString(), 'hello');
  assert.equal(readFileSync(store.pathOf(digest), 'utf8'), 'hello');
  assert.deepEqual([...store.list()], [{ digest, size: 5 }]);
  await store.put(Buffer.from('hello'));
  store.delete(digest);
  assert.equal(store.stat(digest), undefined);
  assert.throws(() => store.pathOf(digest), { kind: 'not-found' });
  await assert.rejects(store.read(digest), { kind: 'not-found' });
});

test('an empty blob is a blob', async () => {
  const { store } = freshStore();
  const { digest } = await store.put(new Uint8Array());
  assert.deepEqual(store.stat(digest), { digest, size: 0 });
});

test('a broken download is continued at its byte, also after a restart', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(5000);
  const expected = { digest: digestOf(content), size: content.length };
  await assert.rejects(store.ingest(expected, sourceOf(content, { breakAt: 2000 })), /connection reset/);
  assert.equal(store.stat(expected.digest), undefined);
  const offsets: number[] = [];
  const seen: number[] = [];
  const again = openContentStore(dir);
  await again.ingest(expected, sourceOf(content, { offsets }), { onBytes: (total) => seen.push(total) });
  assert.deepEqual(offsets, [2000]);
  assert.equal(seen.at(-1), 5000);
  assert.deepEqual(await again.read(expected.digest), content);
  assert.deepEqual(readdirSync(join(dir, 'ingest')), []);
});

test('a part that is complete but not yet verified needs no source', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(300);
  const digest = digestOf(content);
  writeFileSync(join(dir, 'ingest', `${hexOf(digest)}.part`), content);
  await store.ingest({ digest, size: 300 }, () => assert.fail('asked for more'));
  assert.deepEqual(await store.read(digest), content);
});

test('a part that proves wrong is fetched anew from its start', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(1000);
  const digest = digestOf(content);
  for (const part of [randomBytes(500), randomBytes(2000)]) {
    writeFileSync(join(dir, 'ingest', `${hexOf(digest)}.part`), part);
    const offsets: number[] = [];
    await store.ingest({ digest, size: 1000 }, sourceOf(content, { offsets }));
    assert.equal(offsets.at(-1), 0);
    assert.deepEqual(await store.read(digest), content);
    store.delete(digest);
  }
});

test('content of a wrong digest or size is refused and nothing of it is kept', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(1000);
  const digest = digestOf(content);
  const cases = [
    [{ digest: digestOf('other'), size: 1000 }, /wrong content: want sha256:.*, got sha256:/],
    [{ digest, size: 999 }, /wrong size of sha256:\w+: want 999 bytes, got 1000 or more/],
    [{ digest, size: 1001 }, /want 1001 bytes, got 1000$/],
    [{ size: 10 }, /wrong size of content/],
  ] as const;
  for (const [expected, message] of cases) {
    await assert.rejects(store.ingest(expected, sourceOf(content)), { kind: 'invalid', message });
    assert.deepEqual(readdirSync(join(dir, 'ingest')), []);
    assert.deepEqual([...store.list()], []);
  }
});

test('a source that is too long is stopped when it passes the limit', async () => {
  const { store } = freshStore();
  let told = 0;
  async function* endless() {
    for (;;) {
      await Promise.resolve();
      told += 1;
      yield Buffer.alloc(1000);
    }
  }
  await assert.rejects(store.ingest({ digest: digestOf('x'), size: 5000 }, endless), { kind: 'invalid' });
  assert.equal(told, 6);
});

test('content without a known digest is named by what it is', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(1000);
  const { digest } = await store.ingest({}, sourceOf(content));
  assert.equal(digest, digestOf(content));
  await assert.rejects(store.ingest({}, sourceOf(content, { breakAt: 500 })), /reset/);
  assert.deepEqual(readdirSync(join(dir, 'ingest')), []);
});

test('the same blob asked for twice at once is fetched once', async () => {
  const { store } = freshStore();
  const content = randomBytes(1000);
  const expected = { digest: digestOf(content) };
  const offsets: number[] = [];
  const source = sourceOf(content, { offsets });
  await Promise.all([store.ingest(expected, source), store.ingest(expected, source)]);
  assert.deepEqual(offsets, [0]);
});

test('an aborted download stops and keeps its part', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(1000);
  const stop = new AbortController();
  const ingested = store.ingest({ digest: digestOf(content), size: 1000 }, sourceOf(content), {
    signal: stop.signal,
    onBytes: (total) => total >= 500 && stop.abort(),
  });
  await assert.rejects(ingested, { name: 'AbortError' });
  assert.equal(readdirSync(join(dir, 'ingest')).length, 1);
});

test('a read beyond its limit is refused', async () => {
  const { store } = freshStore();
  const { digest } = await store.put(Buffer.alloc(100));
  await assert.rejects(store.read(digest, 99), { kind: 'invalid' });
});

test('collect deletes what nothing refers to, and old parts, but not while a lease is held', async () => {
  const { dir, store } = freshStore();
  const kept = await store.put(Buffer.from('kept'));
  const lost = await store.put(Buffer.from('lost'));
  const oldPart = join(dir, 'ingest', `${hexOf(digestOf('old'))}.part`);
  const newPart = join(dir, 'ingest', `${hexOf(digestOf('new'))}.part`);
  writeFileSync(oldPart, '12345');
  writeFileSync(newPart, '12345');
  utimesSync(oldPart, 1000, 1000);
  const lease = store.lease();
  assert.equal(
    store.collect(() => false),
    0,
  );
  lease[Symbol.dispose]();
  lease[Symbol.dispose]();
  assert.equal(
    store.collect((digest) => digest === kept.digest),
    9,
  );
  assert.deepEqual([...store.list()], [kept]);
  assert.equal(store.stat(lost.digest), undefined);
  assert.ok(!existsSync(oldPart) && existsSync(newPart));
});

test('a blob that came `soon` is a part again after another boot, and is verified before it counts', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(3000);
  const expected = { digest: digestOf(content), size: content.length };
  await store.ingest(expected, sourceOf(content), { soon: true });
  assert.deepEqual(readFileSync(store.pathOf(expected.digest)), content);
  const [mark = ''] = readdirSync(join(dir, 'unsynced'));
  assert.match(mark, /^[0-9a-f]{64}\.[0-9a-f-]{36}$/);
  assert.equal(openContentStore(dir).stat(expected.digest)?.size, 3000); // an engine that was killed
  renameSync(join(dir, 'unsynced', mark), join(dir, 'unsynced', `${hexOf(expected.digest)}.another-boot`));
  writeFileSync(store.pathOf(expected.digest), Buffer.alloc(3000)); // as file systems leave it
  const after = openContentStore(dir);
  assert.equal(after.stat(expected.digest), undefined);
  const offsets: number[] = [];
  await after.ingest(expected, sourceOf(content, { offsets }));
  assert.deepEqual(offsets, [0]);
  assert.deepEqual(readFileSync(after.pathOf(expected.digest)), content);
});

test('a blob that came `soon` is brought to disk a moment later', async () => {
  const { dir, store } = freshStore();
  const content = randomBytes(300);
  await store.ingest({ digest: digestOf(content) }, sourceOf(content), { soon: true });
  for (let tries = 0; tries < 100 && readdirSync(join(dir, 'unsynced')).length > 0; tries++) await sleep(50);
  assert.deepEqual(readdirSync(join(dir, 'unsynced')), []);
  assert.deepEqual(readFileSync(store.pathOf(digestOf(content))), content);
});

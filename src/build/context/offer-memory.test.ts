import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ContextStore } from './context-store.ts';
import type { OfferedEntry, PackedFiles } from './receive-offered.ts';

let parent = '';
let store: ContextStore;
beforeEach(() => {
  parent = mkdtempSync('/tmp/lading-offers-');
  store = new ContextStore(join(parent, 'uploads'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

type Files = Record<string, { content: string; mtime: number }>;

/** Files of a client that says which of them it was asked to describe and to send. */
class Client implements PackedFiles {
  readonly described: string[] = [];
  readonly sent: string[] = [];
  private readonly files: Files;

  constructor(files: Files) {
    this.files = files;
  }

  get batches(): AsyncIterable<readonly Buffer[]> {
    const entries = Object.entries(this.files).map(([name, { content, mtime }]) =>
      Buffer.from(`${name} ${content.length} ${mtime}`),
    );
    const middle = Math.ceil(entries.length / 2);
    return (async function* () {
      yield entries.slice(0, middle);
      yield entries.slice(middle);
    })();
  }

  read(entry: Buffer): OfferedEntry {
    const [name = '', size = ''] = entry.toString().split(' ');
    this.described.push(name);
    const { sent, files } = this;
    return {
      kind: 'file',
      name,
      meta: { mode: 0o644, mtime: files[name]?.mtime ?? 0 },
      size: Number(size),
      async *content() {
        sent.push(name);
        yield Buffer.from(files[name]?.content ?? '');
      },
    };
  }
}

const files: Files = {
  a: { content: 'one', mtime: 100 },
  b: { content: 'two', mtime: 100 },
  c: { content: 'three', mtime: 100 },
  d: { content: 'four', mtime: 100 },
};

async function receive(given: Files): Promise<{ directory: string; client: Client }> {
  const client = new Client(given);
  using context = await store.receiveFiles(client, 'app');
  return { directory: context.directory, client };
}

test('an offer that is the same is not looked into', async () => {
  const { directory } = await receive(files);
  const { client } = await receive(files);
  assert.deepEqual(client.described, []);
  assert.equal(readFileSync(join(directory, 'c'), 'utf8'), 'three');
});

test('of one that differs all is looked at, and what is new is asked for', async () => {
  await receive(files);
  for (const changed of [
    { ...files, c: { content: 'drei!', mtime: 200 } },
    { ...files, c: { content: 'drei!', mtime: 200 }, e: { content: 'new', mtime: 1 } },
  ]) {
    const { directory, client } = await receive(changed);
    assert.deepEqual(client.described, Object.keys(changed));
    assert.equal(readFileSync(join(directory, 'c'), 'utf8'), 'drei!');
    assert.equal(client.sent.length, 1);
  }
});

test('fewer entries are a change, too', async () => {
  const { directory } = await receive(files);
  const { d: _, ...fewer } = files;
  const { client } = await receive(fewer);
  assert.deepEqual(client.described, ['a', 'b', 'c']);
  assert.throws(() => readFileSync(join(directory, 'd')), { code: 'ENOENT' });
  assert.deepEqual((await receive(fewer)).client.described, []);
});

test('what was kept in another boot, or is cut off, counts for nothing', async () => {
  const { directory } = await receive(files);
  const path = join(directory, '../offered');
  const kept = readFileSync(path);
  for (const other of [Buffer.concat([Buffer.from('0'), kept.subarray(1)]), kept.subarray(0, -2), Buffer.alloc(0)]) {
    if (other.equals(kept)) continue;
    writeFileSync(path, other);
    assert.deepEqual((await receive(files)).client.described, ['a', 'b', 'c', 'd']);
  }
}); // prettier-ignore

test('an archive in between makes the next offer be looked at', async () => {
  await receive(files);
  async function* nothing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(1024);
  }
  (await store.receive(nothing(), { lineage: 'app' }))[Symbol.dispose]();
  const { directory, client } = await receive(files);
  assert.deepEqual(client.sent.toSorted(), ['a', 'b', 'c', 'd']);
  assert.equal(readFileSync(join(directory, 'a'), 'utf8'), 'one');
});

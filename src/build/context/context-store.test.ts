import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../../lib/tar/entry.ts';
import type { ReceivedContext } from '../types.ts';
import { ContextStore, type ReceiveOptions } from './context-store.ts';

type Member = Partial<TarEntry> & { name: string; content?: string };

function archive(...members: Member[]): Buffer {
  const parts = members.flatMap(({ content = '', ...given }) => {
    const body = Buffer.from(content);
    return [
      encodeHeader(makeEntry({ size: body.length, ...given })),
      body,
      Buffer.alloc(paddingOf(body.length)),
    ];
  });
  return Buffer.concat([...parts, trailer]);
}

async function* chunks(bytes: Buffer, size = 700): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

let parent = '';
let store: ContextStore;
beforeEach(() => {
  parent = mkdtempSync('/tmp/lading-uploads-');
  store = new ContextStore(join(parent, 'uploads'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const receive = (members: Member[], options: Partial<ReceiveOptions> = {}): Promise<ReceivedContext> =>
  store.receive(chunks(archive(...members)), { lineage: 'app', ...options });

/** Receives, lets go and returns the directory. */
async function received(...members: Member[]): Promise<string> {
  using context = await receive(members);
  return context.directory;
}

test('unpacks files, directories, links and FIFOs with their modes and times, no devices', async () => {
  const root = await received(
    { name: 'a/', type: 'directory', mode: 0o700, mtime: 1000 },
    { name: 'a/run.sh', mode: 0o755, mtime: 2000, content: 'x'.repeat(5000) },
    { name: 'b/deep/file', content: 'y' },
    { name: 'hard', type: 'hardlink', linkName: 'a/run.sh' },
    { name: 'soft', type: 'symlink', linkName: '/etc/passwd', mtime: 3000 },
    { name: 'fifo', type: 'fifo', mode: 0o640 },
    { name: 'device', type: 'character', device: { major: 1, minor: 3 } },
    { name: 'large', content: 'z'.repeat(3 << 20) },
  );
  assert.equal(readFileSync(join(root, 'a/run.sh'), 'utf8').length, 5000);
  assert.equal(statSync(join(root, 'a/run.sh')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(root, 'a/run.sh')).mtimeMs, 2_000_000);
  assert.equal(statSync(join(root, 'a')).mode & 0o7777, 0o700);
  assert.equal(statSync(join(root, 'a')).mtimeMs, 1_000_000);
  assert.equal(readFileSync(join(root, 'b/deep/file'), 'utf8'), 'y');
  assert.equal(statSync(join(root, 'hard')).ino, statSync(join(root, 'a/run.sh')).ino);
  assert.equal(readlinkSync(join(root, 'soft')), '/etc/passwd');
  assert.equal(lstatSync(join(root, 'soft')).mtimeMs, 3_000_000);
  assert.ok(lstatSync(join(root, 'fifo')).isFIFO());
  assert.equal(existsSync(join(root, 'device')), false);
  assert.equal(statSync(join(root, 'large')).size, 3 << 20);
});

test('writes only what differs from the context before', async () => {
  const inodes = (root: string, ...names: string[]): number[] =>
    names.map((name) => lstatSync(join(root, name)).ino);
  const large = 'z'.repeat(2 << 20);
  const before: Member[] = [
    { name: 'd/same', content: 'same' },
    { name: 'd/changed', content: 'one' },
    { name: 'gone/x', content: 'x' },
    { name: 'link', type: 'symlink', linkName: 'd/same' },
    { name: 'large', content: large },
    { name: 'kind', content: 'file' },
  ];
  const root = await received(...before);
  const [same, large1] = inodes(root, 'd/same', 'large');
  const after: Member[] = [
    { name: 'd/same', content: 'same', mode: 0o600, mtime: 77 },
    { name: 'd/changed', content: 'two' },
    { name: 'link', type: 'symlink', linkName: 'd/changed' },
    { name: 'large', content: large },
    { name: 'kind/now', content: 'directory' },
    { name: 'new', content: 'new' },
  ];
  assert.equal(await received(...after), root);
  assert.deepEqual(readdirSync(root).toSorted(), ['d', 'kind', 'large', 'link', 'new']);
  assert.equal(readFileSync(join(root, 'd/changed'), 'utf8'), 'two');
  assert.equal(readlinkSync(join(root, 'link')), 'd/changed');
  assert.equal(statSync(join(root, 'd/same')).mode & 0o7777, 0o600);
  assert.equal(statSync(join(root, 'd/same')).mtimeMs, 77_000);
  const [same2, large2] = inodes(root, 'd/same', 'large');
  assert.deepEqual([same2, large2], [same, large1], 'left alone');
});

test('a file that somebody changed on disk is not taken for what came', async () => {
  const root = await received({ name: 'f', content: 'one' });
  rmSync(join(root, 'f'));
  await received({ name: 'f', content: 'one' });
  assert.equal(readFileSync(join(root, 'f'), 'utf8'), 'one');
  utimesSync(join(root, 'f'), 5, 5);
  await received({ name: 'f', content: 'one' });
  assert.equal(statSync(join(root, 'f')).mtimeMs, 0);
});

test('a context that is in use is not touched by the next one', async () => {
  using first = await receive([{ name: 'f', content: '1' }]);
  using second = await receive([{ name: 'f', content: '2' }]);
  using other = await receive([{ name: 'f', content: '3' }], { lineage: 'other' });
  const texts = [first, second, other].map(({ directory }) => readFileSync(join(directory, 'f'), 'utf8'));
  assert.deepEqual(texts, ['1', '2', '3']);
});

test('symlinks of the context before lead nowhere', async () => {
  await received(
    { name: 'd', type: 'symlink', linkName: parent },
    { name: 'f', type: 'symlink', linkName: `${parent}/made` },
  );
  const root = await received({ name: 'd/evil', content: 'x' }, { name: 'f', content: 'x' });
  assert.deepEqual(readdirSync(parent), ['uploads']);
  assert.ok(lstatSync(join(root, 'd')).isDirectory());
});

test('reads compressed archives', async () => {
  using context = await store.receive(chunks(gzipSync(archive({ name: 'f', content: 'z' }))), {
    lineage: '',
  });
  assert.equal(readFileSync(join(context.directory, 'f'), 'utf8'), 'z');
});

test('a later member replaces an earlier one of any kind', async () => {
  const root = await received(
    { name: 'x', type: 'symlink', linkName: '/etc' },
    { name: 'x', content: 'file' },
    { name: 'd/in', content: '1' },
    { name: 'd', content: 'now a file' },
  );
  assert.ok(lstatSync(join(root, 'x')).isFile());
  assert.equal(readFileSync(join(root, 'd'), 'utf8'), 'now a file');
});

const hostile: readonly [name: string, members: Member[], message: RegExp][] = [
  ['a name above the root', [{ name: '../evil', content: 'x' }], /leads out of its root/],
  ['a name that climbs', [{ name: 'a/../../evil', content: 'x' }], /leads out of its root/],
  [
    'a name through a symlink',
    [
      { name: 'l', type: 'symlink', linkName: '..' },
      { name: 'l/evil', content: 'x' },
    ],
    /"l\/evil" goes through "l", which is a symlink/,
  ],
  [
    'a hard link to the host',
    [{ name: 'h', type: 'hardlink', linkName: '/etc/passwd' }],
    /which is not a file before it/,
  ],
  [
    'a hard link to a symlink',
    [
      { name: 'm', type: 'symlink', linkName: '/etc/passwd' },
      { name: 'h', type: 'hardlink', linkName: 'm' },
    ],
    /which is not a file before it/,
  ],
];
for (const [name, members, message] of hostile)
  test(`refuses ${name}`, async () => {
    await assert.rejects(receive(members), message);
    assert.deepEqual(readdirSync(parent), ['uploads']);
  });

test('an archive that breaks off is refused, and the next one is received', async () => {
  const whole = archive({ name: 'f', content: 'x'.repeat(2000) });
  await assert.rejects(store.receive(chunks(whole.subarray(0, 1500)), { lineage: 'app' }), /unexpected end/);
  const root = await received({ name: 'g', content: 'y' });
  assert.deepEqual(readdirSync(root), ['g']);
});

test('the context itself is what it is, whatever has its name', async () => {
  const root = await received(
    { name: 'f', content: 'x' },
    { name: './', type: 'symlink', linkName: '/etc' },
    { name: '.', type: 'fifo' },
    { name: '/', type: 'hardlink', linkName: 'f' },
    { name: 'a/..', content: 'x' },
  );
  assert.deepEqual(readdirSync(root), ['f']);
});

test('an absolute name is taken within the context', async () => {
  const root = await received({ name: '/etc/hosts', content: 'mine' });
  assert.equal(readFileSync(join(root, 'etc/hosts'), 'utf8'), 'mine');
});

test("a Dockerfile that docker's client puts in is handed over and leaves no trace", async () => {
  const dockerfile = '.dockerfile.0123456789abcdef0123';
  const send = (ignore: string): Promise<ReceivedContext> =>
    receive(
      [
        { name: 'f', content: '1' },
        { name: dockerfile, content: 'FROM a' },
        { name: '.dockerignore', content: ignore },
      ],
      { dockerfile },
    );
  {
    using context = await send(`.dockerignore\n${dockerfile}\n`);
    assert.equal(context.dockerfile, 'FROM a');
    assert.deepEqual(readdirSync(context.directory), ['f']);
  }
  using context = await send(`*.md\n${dockerfile}\n`);
  assert.equal(readFileSync(join(context.directory, '.dockerignore'), 'utf8'), '*.md');
});

test('contexts that nobody uses are removed', async () => {
  const root = await received({ name: 'f', content: 'x' });
  const [kept] = store.list();
  assert.equal(kept?.inUse, false);
  assert.ok((await store.discard(kept.name)) > 0);
  assert.equal(existsSync(root), false);
  using held = await receive([{ name: 'f', content: 'x' }]);
  assert.deepEqual(
    store.list().map(({ inUse }) => inUse),
    [true],
  );
  assert.equal(await store.discard(kept.name), 0);
  assert.ok(existsSync(held.directory));
});

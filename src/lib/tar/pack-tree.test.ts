import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { exec } from '../exec.ts';
import { packTree, type PackOptions } from './pack-tree.ts';
import { TarParser } from './parser.ts';

const base = mkdtempSync(join(tmpdir(), 'pack-test-'));
const root = join(base, 'root');
const outside = join(base, 'outside');
after(() => rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  for (const path of [root, outside]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
  writeFileSync(join(outside, 'secret'), 'secret');
});

function pack(options: PackOptions = {}): Buffer {
  return Buffer.concat(Array.from(packTree(root, options), (chunk) => Buffer.from(chunk)));
}

function namesIn(archive: Uint8Array): string[] {
  const names: string[] = [];
  const parser = new TarParser({
    entry: (entry) => names.push(entry.name),
    data: () => {},
    entryEnd: () => {},
  });
  parser.push(archive);
  parser.end();
  return names;
}

test('entries are sorted by bytes and complete, whatever made the tree', () => {
  mkdirSync(join(root, 'b/c'), { recursive: true });
  for (const name of ['b.x', 'a', 'b/z', 'b/c/f', 'B', '\u00e9']) writeFileSync(join(root, name), '');
  assert.deepEqual(namesIn(pack()), ['B', 'a', 'b/', 'b/c/', 'b/c/f', 'b/z', 'b.x', '\xc3\xa9']);
  assert.deepEqual(namesIn(pack({ name: 'top' })).slice(0, 2), ['top/', 'top/B']);
  assert.deepEqual(namesIn(pack({ live: false })), namesIn(pack()));
});

test('GNU tar extracts it to the same tree', async () => {
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'd/big'), Buffer.alloc(1_000_001, 'x'));
  writeFileSync(join(root, 'd/one'), '1', { mode: 0o4751 });
  linkSync(join(root, 'd/one'), join(root, 'd/two'));
  symlinkSync('t'.repeat(150), join(root, 'd/link'));
  for (const name of ['d/big', 'd/one', 'd']) utimesSync(join(root, name), 1e9, 1e9);
  const copy = join(base, 'copy');
  mkdirSync(copy, { recursive: true });
  await exec('tar', ['-xpf', '-', '-C', copy], { input: pack() });
  const { stdout } = await exec('diff', ['-r', '--no-dereference', root, copy], { okStatus: [0, 1] });
  assert.equal(stdout, '');
  const list = async (path: string): Promise<string> =>
    (await exec('find', [path, '-type', 'f', '-printf', String.raw`%P %m %n %T@\n`])).stdout;
  assert.equal(await list(copy), await list(root));
});

test('chunks that are reused hold the same bytes', () => {
  for (let i = 0; i < 200; i++) writeFileSync(join(root, `f${i}`), 'x'.repeat(i * 40));
  assert.ok(pack({ reuseChunks: true }).equals(pack()));
});

test('what rewrite leaves out is left out with all that is in it', () => {
  mkdirSync(join(root, 'gone/deep'), { recursive: true });
  writeFileSync(join(root, 'gone/deep/f'), '');
  writeFileSync(join(root, 'kept'), 'kept');
  const rewrite: PackOptions['rewrite'] = (entry) =>
    entry.name === 'gone' ? [] : [{ ...entry, name: `new-${entry.name}` }];
  assert.deepEqual(namesIn(pack({ rewrite })), ['new-kept']);
});

test('sockets are told, not packed', async () => {
  const server = createServer().listen(join(root, 'sock'));
  await new Promise((resolve) => server.once('listening', resolve));
  const sockets: string[] = [];
  assert.deepEqual(namesIn(pack({ onSocket: (path) => sockets.push(path) })), []);
  server.close();
  assert.equal(sockets.length, 1);
});

test('a directory that becomes a symlink while it is packed leads nowhere', () => {
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'd/inside'), '');
  const rewrite: PackOptions['rewrite'] = (entry) => {
    if (entry.name === 'd') {
      renameSync(join(root, 'd'), join(root, 'moved'));
      symlinkSync(outside, join(root, 'd'));
    }
    return [entry];
  };
  assert.ok(!namesIn(pack({ rewrite })).includes('d/secret'));
});

test('a tree whose own directory is swapped while it is packed is still the old one', () => {
  mkdirSync(join(root, 'd'));
  for (const name of ['a', 'b']) writeFileSync(join(root, 'd', name), 'inside');
  const rewrite: PackOptions['rewrite'] = (entry) => {
    if (entry.name === 'd/a') {
      renameSync(join(root, 'd'), join(root, 'moved'));
      symlinkSync(outside, join(root, 'd'));
    }
    return [entry];
  };
  const archive = pack({ rewrite });
  assert.deepEqual(namesIn(archive).slice(0, 3), ['d/', 'd/a', 'd/b']);
  assert.ok(!archive.includes('secret'));
});

test('a file that shrinks is filled up, one that goes away left out', () => {
  writeFileSync(join(root, 'a'), 'x'.repeat(1000));
  writeFileSync(join(root, 'b'), '');
  const rewrite: PackOptions['rewrite'] = (entry) => {
    if (entry.name === 'a') {
      truncateSync(join(root, 'a'), 10);
      rmSync(join(root, 'b'));
    }
    return [entry];
  };
  assert.deepEqual(namesIn(pack({ rewrite })), ['a']);
});

test('descriptors are closed when nobody wants the rest', () => {
  mkdirSync(join(root, 'd/e'), { recursive: true });
  writeFileSync(join(root, 'd/e/f'), Buffer.alloc(1 << 20));
  const before = readdirSync('/proc/self/fd').length;
  for (const _ of packTree(root)) break;
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

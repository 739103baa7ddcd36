import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { explainScans, explainStack } from './explain-stack.ts';
import { cacheOf } from './package-caches.ts';
import type { ScannedEntry } from './scan-layer.ts';

const file = (path: string, size: number, digest = '', link = 0): ScannedEntry => ({
  path,
  kind: 'file',
  size,
  digest,
  link,
});
const entry = (path: string, kind: ScannedEntry['kind']): ScannedEntry => ({
  path,
  kind,
  size: 0,
  digest: '',
  link: 0,
});

test('files that later layers delete, replace or write again are hidden', () => {
  const { layers, hidings, waste } = explainScans([
    [file('a', 10), file('b', 20, 'same'), file('c', 40), file('d', 80)],
    [entry('a', 'whiteout'), file('b', 20, 'same'), file('c', 41, 'other'), file('e', 1)],
  ]);
  assert.deepEqual(
    layers.map(({ size, added, changed, deleted }) => [size, added, changed, deleted]),
    [
      [150, 4, 0, 0],
      [62, 1, 2, 1],
    ],
  );
  assert.deepEqual(layers[0]?.hidden, { files: 3, bytes: 70, largest: ['/c', '/b', '/a'] });
  assert.deepEqual(hidings, [
    { of: 0, by: 1, how: 'replaced', files: 1, bytes: 40 },
    { of: 0, by: 1, how: 'again', files: 1, bytes: 20 },
    { of: 0, by: 1, how: 'deleted', files: 1, bytes: 10 },
  ]);
  assert.equal(waste, 70);
});

test('directories that are deleted, made anew, or become something else', () => {
  const below = [entry('d', 'directory'), file('d/a', 1), entry('d/e', 'directory'), file('d/e/b', 2)];
  const counts = (...top: ScannedEntry[]) => {
    const { layers } = explainScans([below, top]);
    return [layers[1]?.added, layers[1]?.changed, layers[1]?.deleted, layers[0]?.hidden.bytes];
  };
  assert.deepEqual(counts(entry('d', 'whiteout')), [0, 0, 2, 3]);
  assert.deepEqual(counts(entry('d', 'opaque'), file('d/a', 5)), [0, 1, 1, 3]);
  assert.deepEqual(counts(file('d', 5)), [1, 0, 2, 3]);
  assert.deepEqual(counts(entry('d', 'directory')), [0, 0, 0, 0]);
  assert.deepEqual(counts(entry('none', 'whiteout')), [0, 0, 0, 0]);
});

test('a file of several names is hidden when all are, and counts once', () => {
  const below = [file('a', 8, 'x', 1), file('b', 8, 'x', 1)];
  assert.equal(explainScans([below]).layers[0]?.size, 8);
  assert.equal(explainScans([below, [entry('a', 'whiteout')]]).waste, 0);
  assert.equal(explainScans([below, [entry('a', 'whiteout'), entry('b', 'whiteout')]]).waste, 8);
});

test('duplicates are told by group and by directory', () => {
  const { duplicates, copies, waste } = explainScans([
    [file('x/1/f', 100, 'f'), file('x/2/f', 100, 'f'), file('x/1/g', 10, 'g')],
    [file('x/3/f', 100, 'f'), file('x/2/g', 10, 'g'), file('y', 10, 'h')],
  ]);
  assert.deepEqual(
    duplicates.map(({ count, paths, waste: bytes }) => [count, paths.join(' '), bytes]),
    [
      [3, '/x/1/f /x/2/f /x/3/f', 200],
      [2, '/x/1/g /x/2/g', 10],
    ],
  );
  assert.deepEqual(
    copies.map(({ directory, files, waste: bytes }) => [directory, files, bytes]),
    [['/x', 3, 210]],
  );
  assert.equal(waste, 210);
});

test('caches count in the layer that has them, and not twice', () => {
  const { layers, waste } = explainScans([
    [file('var/lib/apt/lists/a', 10, 'a'), file('root/.cache/pip/x/y', 5, 'a')],
    [file('var/lib/apt/lists/b', 7), file('var/lib/apt/lists/a', 3)],
  ]);
  assert.deepEqual(layers[0]?.caches, [{ name: 'pip', path: '/root/.cache/pip', files: 1, bytes: 5 }]);
  assert.deepEqual(layers[1]?.caches, [
    { name: 'apt lists', path: '/var/lib/apt/lists', files: 2, bytes: 10 },
  ]);
  assert.equal(waste, 10 + 5 + 10);
});

const known: readonly [path: string, name: string | undefined][] = [
  ['var/cache/apt/archives/x.deb', 'apt archives'],
  ['var/cache/apk/APKINDEX.1.tar.gz', 'apk'],
  ['var/cache/dnf/x/repodata/y', 'dnf'],
  ['home/me/.npm/_cacache/x', 'npm'],
  ['usr/local/share/.cache/yarn/v6/x', 'yarn'],
  ['root/.cache/go-build/aa/x', 'go build'],
  ['go/pkg/mod/x/y.go', 'go modules'],
  ['usr/local/cargo/registry/x', 'cargo'],
  ['usr/local/cargo/bin/cargo', undefined],
  ['app/var/cache/apt/x', undefined],
  ['root/.npmrc', undefined],
];
for (const [path, name] of known)
  test(`${path} is ${name ?? 'no cache'}`, () => assert.equal(cacheOf(path)?.name, name));

test('layers are read once: what is known lies beside their files', (t) => {
  const directory = mkdtempSync('/tmp/lading-explain-');
  t.after(() => rmSync(directory, { recursive: true }));
  const diff = join(directory, 'diff');
  mkdirSync(join(diff, 'd'), { recursive: true });
  writeFileSync(join(diff, 'd/a'), 'x'.repeat(5000));
  writeFileSync(join(diff, 'd/b'), 'x'.repeat(5000));
  linkSync(join(diff, 'd/a'), join(diff, 'd/c'));
  const first = explainStack({ directories: [diff] });
  assert.deepEqual(first.duplicates, [{ size: 5000, count: 2, paths: ['/d/a', '/d/b'], waste: 5000 }]);
  const memory = readFileSync(join(directory, 'scan'));
  rmSync(diff, { recursive: true });
  assert.deepEqual(explainStack({ directories: [diff] }), first);
  mkdirSync(diff);
  writeFileSync(join(directory, 'scan'), memory.subarray(0, memory.length / 2));
  assert.equal(explainStack({ directories: [diff] }).layers[0]?.added, 0, 'a broken memory is forgotten');
});

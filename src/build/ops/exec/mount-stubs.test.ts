import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { MountStubs } from './mount-stubs.ts';

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync('/tmp/lading-stubs-');
  root = join(base, 'root');
  mkdirSync(root);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** What the runtime does with a place for a mount that is not there. */
function makePlace(path: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), '');
}

test('removes the places that were made, as far as they are empty', () => {
  mkdirSync(join(root, 'there'));
  const stubs = new MountStubs(root, ['/a/b/c', '/d/e', '/there/f']);
  for (const path of ['a/b/c', 'd/e', 'there/f']) makePlace(path);
  writeFileSync(join(root, 'd/own'), 'x');
  stubs.remove();
  assert.deepEqual(
    ['a', 'd/e', 'd/own', 'there', 'there/f'].filter((path) => existsSync(join(root, path))),
    ['d/own', 'there'],
  );
});

test('leaves what the command made of them', () => {
  const stubs = new MountStubs(root, ['/a/b']);
  writeFileSync(join(root, 'a'), 'x');
  stubs.remove();
  assert.ok(existsSync(join(root, 'a')));
});

test('removes nothing behind a symlink that the command put into the way', () => {
  const outside = join(base, 'outside');
  mkdirSync(join(outside, 'b'), { recursive: true });
  writeFileSync(join(outside, 'b/c'), '');
  const stubs = new MountStubs(root, ['/a/b/c']);
  makePlace('a/b/c');
  renameSync(join(root, 'a'), join(root, 'moved'));
  symlinkSync(outside, join(root, 'a'));
  stubs.remove();
  assert.ok(existsSync(join(outside, 'b/c')));
});

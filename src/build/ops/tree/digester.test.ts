import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Digester } from './digester.ts';
import { GRAIN_MS } from './file-digests.ts';

let parent = '';
let root = '';
const memory = (): string => join(parent, 'memory.txt');
const kept = (): string => join(parent, 'memory.selections.json');

beforeEach(() => {
  parent = mkdtempSync('/tmp/lading-digester-');
  root = join(parent, 'context');
  mkdirSync(join(root, 'directory'), { recursive: true });
  writeFileSync(join(root, 'directory/a'), 'one');
  writeFileSync(join(root, 'b'), 'two');
  symlinkSync('b', join(root, 'link'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function digest(path = '.', exclude: string[] = []): string {
  const digester = new Digester({ root, ignore: [], isContext: true }, memory(), false);
  const found = digester.digest({ path, exclude, parents: false });
  digester.save();
  return found.digest;
}

/** Until nothing was changed so lately that it may change again unseen. */
const settle = (): Promise<void> => sleep(GRAIN_MS * 2);

test('files that look as they did are not read again', async () => {
  await settle();
  const first = digest();
  writeFileSync(kept(), readFileSync(kept(), 'utf8').replace(first, 'remembered'));
  assert.equal(digest(), 'remembered');
});

test('each selection is remembered by itself', async () => {
  await settle();
  const of = (): string[] => [digest(), digest('directory'), digest('.', ['b'])];
  const first = of();
  assert.equal(new Set(first).size, 3);
  assert.deepEqual(of(), first);
});

test('what changes without size or time of its own is seen', async () => {
  await settle();
  const first = digest();
  const { atime, mtime } = statSync(join(root, 'b'));
  writeFileSync(join(root, 'b'), 'zwo');
  utimesSync(join(root, 'b'), atime, mtime);
  await settle();
  const second = digest();
  assert.notEqual(second, first);
  rmSync(join(root, 'link'));
  symlinkSync('a', join(root, 'link'));
  await settle();
  const third = digest();
  assert.notEqual(third, second);
  rmSync(join(root, 'directory/a'));
  assert.notEqual(digest(), third);
});

test('files of a selection that was not looked into stay known', async () => {
  await settle();
  digest('directory');
  digest('b');
  assert.equal(readFileSync(memory(), 'utf8').match(/\n/g)?.length, 1);
  const both = new Digester({ root, ignore: [], isContext: true }, memory(), false);
  writeFileSync(join(root, 'c'), 'three');
  await settle();
  for (const path of ['b', 'c']) both.digest({ path, exclude: [], parents: false });
  both.save();
  assert.equal(readFileSync(memory(), 'utf8').match(/\n/g)?.length, 2);
});

test('what changed just now is not remembered', () => {
  writeFileSync(join(root, 'b'), 'new');
  digest();
  assert.ok(!existsSync(kept()));
});

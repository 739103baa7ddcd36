import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packTree } from './pack-tree.ts';
import { readTar } from './read.ts';
import { renameRoot } from './rename-root.ts';

const directory = mkdtempSync(join(tmpdir(), 'rename-'));
after(() => rmSync(directory, { recursive: true }));
mkdirSync(join(directory, 'etc'));
writeFileSync(join(directory, 'etc/hosts'), '');

/** Names after a change of the archive's root, which is called `name` in it. */
async function names(name: string, from: string, to: string): Promise<string[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* packTree(directory, { name });
  }
  const found: string[] = [];
  for await (const { entry } of readTar(renameRoot(source(), from, to))) found.push(entry.name);
  return found;
}

test('a directory gets another name, or none', async () => {
  assert.deepEqual(await names('a', 'a', 'b'), ['b/', 'b/etc/', 'b/etc/hosts']);
  assert.deepEqual(await names('a', 'a', ''), ['etc/', 'etc/hosts']);
});

test('the root of a file system gets a name', async () => {
  assert.deepEqual(await names('/', '/', 'all'), ['all/', 'all/etc/', 'all/etc/hosts']);
  assert.deepEqual(await names('.', '.', 'all'), ['all/', 'all/etc/', 'all/etc/hosts']);
  assert.deepEqual(await names('/', '/', ''), ['etc/', 'etc/hosts']);
});

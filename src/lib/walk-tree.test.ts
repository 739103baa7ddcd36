import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asPath, bytesOfText } from './byte-string.ts';
import { walkTree } from './walk-tree.ts';

test('all members of a tree, whatever their names, and nothing behind symlinks', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lading-walk-\u00e4-'));
  const at = (path: string): string | Buffer => asPath(`${bytesOfText(root)}/${path}`);
  try {
    mkdirSync(at('b\xff/c'), { recursive: true });
    mkdirSync(at('left'));
    for (const path of ['a', 'b\xff/\xe9', 'b\xff/c/d', 'left/x']) writeFileSync(at(path), path);
    symlinkSync('left', at('link'));
    const told: string[] = [];
    for await (const { path, place, entry } of walkTree(root, (directory) => directory !== 'left')) {
      told.push(`${path}${entry.isDirectory() ? '/' : ''}`);
      assert.deepEqual(place, at(path));
    }
    assert.deepEqual(told, ['a', 'b\xff/', 'left/', 'link', 'b\xff/c/', 'b\xff/\xe9', 'b\xff/c/d']);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

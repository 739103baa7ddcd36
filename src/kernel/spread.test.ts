import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../lib/exec.ts';
import { spreadDirectories } from './spread.ts';

test('the directories of a directory are spread where the file system knows how, and nothing fails where it does not', async (t) => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'lade-spread-'));
  spreadDirectories(directory.path);
  spreadDirectories(directory.path); // once more changes nothing
  spreadDirectories('/proc/self');
  const { stdout: kind } = await exec('stat', ['-f', '-c', '%T', directory.path]);
  if (!kind.startsWith('ext')) return t.skip(`${kind.trim()} does not know how`);
  const { stdout } = await exec('lsattr', ['-d', directory.path]);
  assert.match(stdout.split(' ')[0] ?? '', /T/);
});

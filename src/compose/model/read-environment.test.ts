import assert from 'node:assert/strict';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseYaml } from '../load/parse-yaml.ts';
import type { MapTree } from '../load/tree.ts';
import { readEnvironment } from './read-environment.ts';

test('a variable without a value is that of the shell, or none, also where a file has one', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'env-'));
  const path = join(folder.path, 'a.env');
  writeFileSync(path, 'A=file\nB=file\nC=file\n');
  const [tree] = parseYaml('x', `{env_file: [{path: ${path}}], environment: {A: null, B: null, D: own}}`);
  assert.deepEqual(readEnvironment(tree as MapTree, { B: 'shell' }), { B: 'shell', C: 'file', D: 'own' });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolveInRoot } from './resolve-in-root.ts';

const root = mkdtempSync(join(tmpdir(), 'lading-resolve-'));
after(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'a/b'), { recursive: true });
writeFileSync(join(root, 'a/file'), '');
symlinkSync('/a', join(root, 'absolute'));
symlinkSync('../../../../a/b', join(root, 'a/up'));
symlinkSync('loop', join(root, 'loop'));

test('links and dots stay inside', () => {
  for (const [path, expected] of [
    ['/', '/'],
    ['/../../etc/../a', undefined],
    ['a/b/../../../a/file', '/a/file'],
    ['/absolute/b', '/a/b'],
    ['/a/up', '/a/b'],
    ['/absolute/up/..', '/a'],
    ['/a/nope', undefined],
    ['/a/file/x', undefined],
  ] as const)
    assert.equal(resolveInRoot(root, path), expected === undefined ? undefined : join(root, expected), path);
  assert.throws(() => resolveInRoot(root, '/loop'), /too many levels of symbolic links/);
});

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MS, mount } from '../../kernel/mount.ts';
import { holdSubpath } from '../../volume/hold-subpath.ts';
import { mountSubpath, removeStaleSubpaths } from './subpath.ts';

const needsRoot = { skip: process.getuid?.() === 0 ? false : 'needs root to mount' };

function makeVolume(t: TestContext): { base: string; places: string } {
  const root = mkdtempSync(join(tmpdir(), 'lading-subpath-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const base = join(root, 'volume');
  mkdirSync(join(base, 'a/b'), { recursive: true });
  writeFileSync(join(base, 'a/b/file'), 'inside');
  writeFileSync(join(root, 'secret'), 'outside');
  symlinkSync('a/b', join(base, 'good'));
  symlinkSync('/etc', join(base, 'absolute'));
  symlinkSync('../..', join(base, 'a/up'));
  symlinkSync('loop', join(base, 'loop'));
  return { base, places: join(root, 'places') };
}

test('a part of a volume is found through links that stay inside, and through no other', (t) => {
  const { base } = makeVolume(t);
  for (const path of ['a/b/file', 'good/file', 'a/../good/file']) {
    using held = holdSubpath(base, path);
    assert.equal(readFileSync(held.path, 'utf8'), 'inside');
  }
  for (const path of ['absolute', 'absolute/passwd', 'a/up', 'a/up/secret', '../secret', 'loop'])
    assert.throws(() => holdSubpath(base, path), {
      kind: 'invalid',
      message: `path concatenation escapes the base directory, base: ${base}, subpath: ${path}`,
    });
  assert.throws(() => holdSubpath(base, 'none'), {
    kind: 'not-found',
    message: `cannot access path ${base}/none: lstat ${base}/none: no such file or directory`,
  });
});

test('what was opened stays what it is, whoever swaps it meanwhile', needsRoot, (t) => {
  const { base, places } = makeVolume(t);
  const held = mountSubpath(places, base, 'a/b');
  renameSync(join(base, 'a/b'), join(base, 'moved'));
  symlinkSync('/', join(base, 'a/b'));
  assert.deepEqual(readdirSync(held.path), ['file']);
  held[Symbol.dispose]();
  assert.deepEqual(readdirSync(places), []);
  assert.equal(readFileSync(join(base, 'moved/file'), 'utf8'), 'inside');
});

test('a single file is mounted as one', needsRoot, (t) => {
  const { base, places } = makeVolume(t);
  using held = mountSubpath(places, base, 'good/file');
  assert.ok(statSync(held.path).isFile());
  assert.equal(readFileSync(held.path, 'utf8'), 'inside');
});

test('what a killed engine left is taken away without touching the data below it', needsRoot, (t) => {
  const { base, places } = makeVolume(t);
  mountSubpath(places, base, 'a');
  mountSubpath(places, base, 'a/b/file');
  const full = join(places, 'full');
  mkdirSync(join(full, 'data'), { recursive: true });
  mount(join(base, 'a'), full, '', MS.BIND);
  assert.throws(() => removeStaleSubpaths(places), { code: 'ENOTEMPTY' });
  assert.ok(existsSync(join(full, 'data')));
  assert.equal(readFileSync(join(base, 'a/b/file'), 'utf8'), 'inside');
  rmSync(full, { recursive: true });
  removeStaleSubpaths(places);
  assert.deepEqual(readdirSync(places), []);
  removeStaleSubpaths(join(places, 'none'));
});

import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, beforeEach, test } from 'node:test';
import { exec } from '../exec.ts';
import { makeEntry, type TarEntry } from './entry.ts';
import { extractTar, type ExtractOptions } from './extract.ts';
import { packTree } from './pack-tree.ts';
import { writeTar, type TarMember } from './write.ts';

// Needs no root: owners are `self` unless the test runs as root.
const isRoot = process.getuid?.() === 0;
const base = mkdtempSync(join(tmpdir(), 'extract-test-'));
const root = join(base, 'root');
const outside = join(base, 'outside');
after(() => rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  for (const path of [root, outside]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
  writeFileSync(join(outside, 'secret'), 'secret', { mode: 0o600 });
  utimesSync(join(outside, 'secret'), 1000, 1000);
  utimesSync(outside, 1000, 1000);
});

type Given = Partial<TarEntry> & { name: string; body?: string };

const member = ({ body = '', ...entry }: Given): TarMember => ({
  entry: makeEntry({ size: body.length, ...entry }),
  body: Buffer.from(body),
});
const file = (name: string, body = 'content'): Given => ({ name, body });
const link = (name: string, linkName: string): Given => ({ name, type: 'symlink', linkName });
const hard = (name: string, linkName: string): Given => ({ name, type: 'hardlink', linkName });
const dir = (name: string): Given => ({ name, type: 'directory' });

const extract = (given: readonly Given[], options: ExtractOptions = {}): Promise<void> =>
  extractTar(writeTar(given.map(member)), root, { owner: 'self', ...options });

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('files, directories, links, modes and times are made as the archive says', async () => {
  await extract([
    { ...dir('d'), mode: 0o1755, mtime: 3000 },
    { ...file('d/f', 'hello'), mode: 0o4711, mtime: 2000, mtimeNanos: 500_000_000 },
    link('d/l', '../no/such'),
    hard('d/h', 'd/f'),
    file('caf\xc3\xa9 \xff'),
    { ...file('old'), mtime: -2 },
  ]);
  assert.equal(read('d/f'), 'hello');
  assert.equal(lstatSync(join(root, 'd/f')).mode & 0o7777, 0o4711);
  assert.equal(lstatSync(join(root, 'd/f')).mtimeMs, 2000_500);
  assert.equal(lstatSync(join(root, 'd')).mtimeMs, 3000_000);
  assert.equal(lstatSync(join(root, 'd')).mode & 0o7777, 0o1755);
  assert.equal(readlinkSync(join(root, 'd/l')), '../no/such');
  assert.equal(lstatSync(join(root, 'd/h')).ino, lstatSync(join(root, 'd/f')).ino);
  assert.equal(lstatSync(join(root, 'old')).mtimeMs, -2000);
  assert.deepEqual(readdirSync(root, { encoding: 'latin1' }).sort(), ['caf\xc3\xa9 \xff', 'd', 'old']);
});

test('a tree that was packed and extracted is the same tree', async () => {
  const source = join(base, 'source');
  mkdirSync(join(source, 'a/b'), { recursive: true });
  writeFileSync(join(source, 'a/b/f'), 'x'.repeat(300_000), { mode: 0o640 });
  writeFileSync(join(source, 'a/empty'), '');
  symlinkSync('b/f', join(source, 'a/l'));
  for (const path of ['a/b/f', 'a/empty', 'a/b', 'a', '.']) utimesSync(join(source, path), 5000, 5000);
  await exec('tar', ['-cf', join(base, 'gnu.tar'), '-C', source, 'a']);
  await extractTar(Readable.from(packTree(source)), root, { owner: 'self' });
  const { stdout } = await exec('tar', ['-df', join(base, 'gnu.tar'), '-C', root], { okStatus: [0, 1] });
  assert.equal(stdout.replace(/.*l: Mod time differs\n/, ''), ''); // GNU tar's own archive has the symlink's true time
});

test('what exists is replaced, and directories are merged', async () => {
  mkdirSync(join(root, 'd/sub'), { recursive: true });
  writeFileSync(join(root, 'd/kept'), 'kept');
  writeFileSync(join(root, 'd/sub/lost'), 'lost');
  writeFileSync(join(root, 'f'), 'old');
  symlinkSync(join(outside, 'secret'), join(root, 'l'));
  await extract([dir('d'), file('d/sub', 'now a file'), dir('f'), file('l', 'not through the link')]);
  assert.equal(read('d/kept'), 'kept');
  assert.equal(read('d/sub'), 'now a file');
  assert.ok(statSync(join(root, 'f')).isDirectory());
  assert.ok(lstatSync(join(root, 'l')).isFile());
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
});

test("with keepKinds a directory does not take a file's place, nor the reverse", async () => {
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'f'), '');
  await assert.rejects(extract([file('d')], { keepKinds: true }), {
    kind: 'invalid',
    message: 'cannot overwrite directory "d" with non-directory "d"',
  });
  await assert.rejects(extract([dir('f')], { keepKinds: true }), {
    kind: 'invalid',
    message: 'cannot overwrite non-directory "f" with directory "f"',
  });
  await extract([dir('d'), file('f', 'new')], { keepKinds: true });
  assert.equal(read('f'), 'new');
});

test('the member "." leaves the mode of the directory that all goes into', async () => {
  const before = statSync(root).mode;
  await extract([{ ...dir('./'), mode: 0o700 }, file('./f')]);
  assert.equal(statSync(root).mode, before);
});

test('symlinks in the tree are followed as in a chroot', async () => {
  mkdirSync(join(root, 'real'));
  symlinkSync('/real', join(root, 'absolute'));
  symlinkSync('../../../real', join(root, 'upwards'));
  await extract([file('absolute/a'), file('upwards/b')]);
  await extract([file('c')], { into: '/absolute/new/deep' });
  assert.deepEqual(readdirSync(join(root, 'real')).sort(), ['a', 'b', 'new']);
  assert.ok(existsSync(join(root, 'real/new/deep/c')));
});

const hostile: readonly [what: string, members: readonly Given[]][] = [
  ['../ in a name', [file('../outside/pwned')]],
  ['many ../ in a name', [file('a/b/../../../outside/pwned')]],
  ['an absolute name', [file(join(outside, 'pwned'))]],
  ['an absolute symlink, then through it', [link('l', outside), file('l/pwned')]],
  ['a relative symlink, then through it', [link('l', '../outside'), file('l/pwned')]],
  ['a symlink, then a file in its place', [link('l', join(outside, 'secret')), file('l', 'pwned')]],
  [
    'a symlink, then a directory in its place',
    [link('l', outside), { ...dir('l'), mode: 0o777 }, file('l/pwned')],
  ],
  ['two symlinks', [link('a', '..'), link('b', 'a/outside'), file('b/pwned')]],
  ['symlinks in symlinks', [dir('d'), link('d/up', '..'), link('e', 'd/up/../..'), file('e/outside/pwned')]],
  ['a loop of symlinks', [link('a', 'b'), link('b', 'a'), file('a/pwned')]],
  ['a hard link out', [hard('h', '../outside/secret'), file('h', 'pwned')]],
  ['an absolute hard link', [hard('h', join(outside, 'secret')), file('h', 'pwned')]],
  ['a hard link through a symlink', [link('l', outside), hard('h', 'l/secret'), file('h', 'pwned')]],
  ['a hard link to a symlink, then through it', [link('l', outside), hard('h', 'l'), file('h/pwned')]],
  [
    'a hard link to a symlink, then in its place',
    [link('l', join(outside, 'secret')), hard('h', 'l'), file('h', 'pwned')],
  ],
  ['a hard link to itself', [hard('h', 'h')]],
  ['a hard link to a directory', [dir('d'), hard('h', 'd')]],
  ['a directory replaced by a symlink', [dir('d'), file('d/a'), link('d', outside), file('d/pwned')]],
  ['a file as a directory', [file('f'), file('f/pwned')]],
  ['an empty name', [file('')]],
  ['a name of dots', [file('..')]],
  ['a long name', [file(`${'n'.repeat(300)}/x`)]],
  ['a deep name', [file('d/'.repeat(3000) + 'x')]],
];

for (const [what, members] of hostile)
  test(`nothing outside the root is touched: ${what}`, async () => {
    try {
      await extract(members);
    } catch (error) {
      assert.equal((error as { kind: string }).kind, 'invalid', String(error));
    }
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
    const stats = statSync(join(outside, 'secret'));
    assert.deepEqual([stats.nlink, stats.mode & 0o777, stats.mtimeMs], [1, 0o600, 1000_000]);
    assert.equal(statSync(outside).mtimeMs, 1000_000);
    assert.deepEqual(
      readdirSync(base).filter((name) => name.startsWith('pwned')),
      [],
    );
  });

test('a directory removed by a later member gets no time, nor comes back', async () => {
  await extract([dir('d'), dir('d/sub'), file('d', 'file')]);
  assert.equal(read('d'), 'file');
});

test('more directories than are held open at once are all reached', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `d${i}/sub`);
  await extract([
    ...names.map((name) => file(`${name}/a`)),
    ...names.map((name) => hard(`${name}/b`, 'd0/sub/a')),
  ]);
  for (const name of names) assert.deepEqual(readdirSync(join(root, name)).sort(), ['a', 'b']);
  assert.equal(statSync(join(root, 'd0/sub/a')).nlink, 41);
});

test('descriptors are closed, also after an error', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length;
  const before = count();
  await extract([dir('a'), file('a/b'), link('c', 'a'), file('c/d')]);
  await assert.rejects(extract([file('f'), file('f/x')]));
  const whole = Buffer.concat(await Array.fromAsync(writeTar([member(file('f', 'x'.repeat(5000)))])));
  await assert.rejects(extractTar(Readable.from([whole.subarray(0, 2000)]), root, { owner: 'self' }), {
    kind: 'invalid',
  });
  assert.equal(count(), before);
});

test("owners are the archive's, or those given", { skip: !isRoot }, async () => {
  const owned = { uid: 1234, gid: 4_000_000_000 };
  const members = [
    { ...dir('d'), ...owned },
    { ...file('d/f'), ...owned },
    { ...link('l', 'd'), ...owned },
  ];
  await extract(members, { owner: 'archive' });
  for (const path of ['d', 'd/f', 'l']) assert.equal(lstatSync(join(root, path)).uid, 1234);
  assert.equal(lstatSync(join(root, 'd/f')).gid, 4_000_000_000);
  await extract([...members, file('new/deep/f')], { owner: { uid: 7, gid: 8 } });
  for (const path of ['d', 'd/f', 'l', 'new', 'new/deep', 'new/deep/f'])
    assert.equal(lstatSync(join(root, path)).uid, 7);
});

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readXattr, writeXattr } from '../../../kernel/xattr.ts';
import { encodeHeader } from '../../../lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../../../lib/tar/entry.ts';
import type { PathSelection } from '../../plan/types.ts';
import { type Change, changeFiles } from './change-files.ts';
import { copySelection } from './copy-selection.ts';
import { digestSelection } from './digest-selection.ts';
import { FileDigests } from './file-digests.ts';
import { parseMode } from './mode.ts';
import { resolvePath } from './resolve-path.ts';
import { SourceTree } from './source-tree.ts';

const base = mkdtempSync('/tmp/lading-tree-');
const from = join(base, 'from');
const to = join(base, 'to');
after(() => rmSync(base, { recursive: true, force: true }));

/** Makes files under `from`: text, `null` for a directory, `-> x` for a symlink. */
function put(files: Record<string, string | null>, root = from): void {
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(text === null ? full : dirname(full), { recursive: true });
    if (text?.startsWith('-> ')) symlinkSync(text.slice(3), full);
    else if (text !== null) writeFileSync(full, text);
  }
}

beforeEach(() => {
  for (const path of [from, to]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
});

const select = (path: string, more: Partial<PathSelection> = {}): PathSelection => ({
  path,
  exclude: [],
  parents: false,
  ...more,
});

interface CopyOptions extends Partial<PathSelection> {
  ignore?: string[];
  unpack?: boolean;
  chmod?: string;
  severalSources?: boolean;
}

async function copy(path: string, destination: string, options: CopyOptions = {}): Promise<void> {
  const { ignore = [], unpack = false, severalSources = false, chmod, ...more } = options;
  const change: Change = {
    kind: 'copy',
    source: { root: from, ignore, isContext: true },
    selection: select(path, more),
    destination,
    unpack,
    severalSources,
    ...(chmod !== undefined && { chmod }),
  };
  await changeFiles(to, [change]);
}

/** All that is below a directory, sorted. */
function listing(root = to): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const { path: entry, stats } of new SourceTree({ root, ignore: [], isContext: true }).walk(path))
      found.push(stats.isDirectory() ? `${entry}/` : entry);
  };
  visit('');
  return found;
}

const digest = (path: string, ignore: string[] = [], more: Partial<PathSelection> = {}): string =>
  digestSelection(
    new SourceTree({ root: from, ignore, isContext: true }),
    select(path, more),
    new FileDigests(),
  ).digest;

/** As another build finds them. */
function reopened(digests: FileDigests): FileDigests {
  const kept = join(base, 'digests');
  digests.save(kept);
  return FileDigests.load(kept);
}

describe('resolving paths', () => {
  const cases: readonly [path: string, place: string][] = [
    ['/a/b', 'a/b'],
    ['a/../b', 'b'],
    ['../../x', 'x'],
    ['/abs/x', 'real/x'],
    ['/rel/x', 'real/x'],
    ['/out/x', 'x'],
    ['/up/x', 'etc/x'],
    ['/twice/x', 'real/x'],
    ['/missing/../real/x', 'real/x'],
    ['/', ''],
  ];
  for (const [path, place] of cases)
    test(`${path} is ${place || 'the root'}`, () => {
      put({
        real: null,
        abs: '-> /real',
        rel: '-> real',
        out: '-> /..',
        up: '-> ../../../etc',
        twice: '-> abs',
      });
      assert.equal(resolvePath(from, path), place);
    });

  test('a loop of symlinks is an error', () => {
    put({ a: '-> b', b: '-> a' });
    assert.throws(() => resolvePath(from, '/a/x'), /too many levels of symbolic links/);
  });
});

describe('identity of what is copied', () => {
  test('counts content, mode and name, not times', () => {
    put({ 'd/a': '1', 'd/b': '2' });
    const before = digest('d');
    utimesSync(join(from, 'd/a'), 5, 5);
    assert.equal(digest('d'), before);
    chmodSync(join(from, 'd/a'), 0o600);
    assert.notEqual(digest('d'), before);
    chmodSync(join(from, 'd/a'), statSync(join(from, 'd/b')).mode & 0o777);
    assert.equal(digest('d'), before);
    writeFileSync(join(from, 'd/a'), '3');
    assert.notEqual(digest('d'), before);
    writeFileSync(join(from, 'd/a'), '1');
    renameSync(join(from, 'd/b'), join(from, 'd/c'));
    assert.notEqual(digest('d'), before);
  });

  test('counts where symlinks lead, empty directories and kinds', () => {
    put({ 'd/l': '-> one' });
    const link = digest('d');
    rmSync(join(from, 'd/l'));
    symlinkSync('two', join(from, 'd/l'));
    assert.notEqual(digest('d'), link);
    const before = digest('d');
    mkdirSync(join(from, 'd/empty'));
    assert.notEqual(digest('d'), before);
  });

  test('does not count what is ignored or excluded', () => {
    put({ 'd/a': '1', 'd/no': '1' });
    const ignoring = digest('d', ['d/no']);
    const excluding = digest('d', [], { exclude: ['no'] });
    writeFileSync(join(from, 'd/no'), '2');
    assert.equal(digest('d', ['d/no']), ignoring);
    assert.equal(digest('d', [], { exclude: ['no'] }), excluding);
  });

  test('remembered digests are used while nothing about the file changed', () => {
    put({ a: '1' });
    const path = join(from, 'a');
    const stats = { ...lstatSync(path), ctimeMs: 1 } as Stats;
    const digests = new FileDigests();
    const first = digests.digestOf(path, stats);
    writeFileSync(path, '2');
    const again = reopened(digests);
    assert.equal(again.digestOf(path, stats), first);
    assert.notEqual(again.digestOf(path, lstatSync(path)), first);
  });

  test('a file that has just changed is not remembered', () => {
    put({ a: '1' });
    const digests = new FileDigests();
    digests.digestOf(join(from, 'a'), lstatSync(join(from, 'a')));
    assert.equal(reopened(digests).recall(lstatSync(join(from, 'a'))), undefined);
  });

  test('what is kept of digests and is damaged counts for nothing', () => {
    put({ a: '1' });
    const path = join(from, 'a');
    const stats = { ...lstatSync(path), ctimeMs: 1 } as Stats;
    const digests = new FileDigests();
    digests.digestOf(path, stats);
    const kept = join(base, 'damaged');
    digests.save(kept);
    const whole = readFileSync(kept, 'utf8');
    assert.notEqual(FileDigests.load(kept).recall(stats), undefined);
    for (const damaged of ['', whole.slice(0, -1), `[["${whole}`, whole.replace('\t', ' ')]) {
      writeFileSync(kept, damaged);
      assert.equal(FileDigests.load(kept).recall(stats), undefined);
    }
  });

  test('what is not there is an error, wildcards may match nothing', () => {
    put({ a: '1' });
    assert.throws(
      () => digest('b'),
      /^EngineError: COPY failed: file not found in build context or excluded by .dockerignore: stat b/,
    );
    assert.throws(() => digest('a', ['a']), /stat a: file does not exist/);
    assert.equal(typeof digest('b*'), 'string');
  });
});

describe('copying', () => {
  const files = { 'd/a': 'a', 'd/s/b': 'b', 'd/s/c.md': 'c', one: '1', two: '2' };
  const cases: readonly [
    name: string,
    path: string,
    destination: string,
    expected: string[],
    options?: CopyOptions,
  ][] = [
    ['a file', 'one', '/x', ['x']],
    ['a file into a directory', 'one', '/x/', ['x/', 'x/one']],
    ['a file to a deep place', 'one', '/x/y/z', ['x/', 'x/y/', 'x/y/z']],
    ['the content of a directory', 'd', '/x', ['x/', 'x/a', 'x/s/', 'x/s/b', 'x/s/c.md']],
    ['a directory into the root', 'd/', '/', ['a', 's/', 's/b', 's/c.md']],
    ['what wildcards match', 't?o', '/x/', ['x/', 'x/two']],
    ['directories that wildcards match', 'd*', '/x', ['x/', 'x/a', 'x/s/', 'x/s/b', 'x/s/c.md']],
    ['over many levels', '**/*.md', '/x/', ['x/', 'x/c.md']],
    ['nothing', 'z*', '/x/', []],
    ['all but what is excluded', 'd', '/x', ['x/', 'x/s/', 'x/s/b'], { exclude: ['a', '**/*.md'] }],
    ['all but what is ignored', '.', '/', ['d/', 'd/s/', 'd/s/b', 'one'], { ignore: ['two', 'd', '!d/s/b'] }],
    ['with parents', 'd/s/b', '/x', ['x/', 'x/d/', 'x/d/s/', 'x/d/s/b'], { parents: true }],
    ['nothing with parents', 'd/./none*', '/x/y/', ['x/', 'x/y/'], { parents: true }],
    ['with parents from a pivot', 'd/./s/b', '/x', ['x/', 'x/s/', 'x/s/b'], { parents: true }],
    [
      'a directory with parents',
      'd/s',
      '/x',
      ['x/', 'x/d/', 'x/d/s/', 'x/d/s/b', 'x/d/s/c.md'],
      { parents: true },
    ],
    ['a path that leaves the context', '../../one', '/x', ['x']],
  ];
  for (const [name, path, destination, expected, options] of cases)
    test(name, async () => {
      put(files);
      await copy(path, destination, options);
      assert.deepEqual(listing(), expected);
    });

  test('keeps modes and times, hard links and symlinks', async () => {
    put({ 'd/a': 'a', 'd/l': '-> ../../etc/passwd' });
    chmodSync(join(from, 'd/a'), 0o4751);
    utimesSync(join(from, 'd/a'), 1000, 1000);
    linkSync(join(from, 'd/a'), join(from, 'd/b'));
    await copy('d', '/x');
    const [a, b] = [statSync(join(to, 'x/a')), statSync(join(to, 'x/b'))];
    assert.equal(a.mode & 0o7777, 0o4751);
    assert.equal(a.mtimeMs, 1_000_000);
    assert.equal(a.ino, b.ino);
    assert.equal(readlinkSync(join(to, 'x/l')), '../../etc/passwd');
  });

  test('a file that vanishes while it is copied is told by its name', () => {
    put({ 'd/a': 'a', 'd/b': 'b' });
    const tree = new SourceTree({ root: from, ignore: [], isContext: true });
    const target = {
      root: to,
      destination: '/x',
      owner: undefined,
      directoryMode: 0o755,
      severalSources: false,
    };
    // What is asked of each file after it was seen
    const mode = (): number => {
      rmSync(join(from, 'd/b'), { force: true });
      return 0o644;
    };
    const walk = tree.walk.bind(tree);
    tree.walk = (...args) => Array.from(walk(...args)).values() as never;
    assert.throws(
      () => copySelection(tree, select('d'), { ...target, mode }),
      /^EngineError: "d\/b" was removed or replaced while it was read: build again/,
    );
  });

  test('keeps times before 1970', async () => {
    put({ 'd/a': 'a' });
    for (const path of ['d/a', 'd']) utimesSync(join(from, path), new Date(-2000), new Date(-2000));
    await copy('d', '/x');
    assert.deepEqual(
      ['x', 'x/a'].map((path) => statSync(join(to, path)).mtimeMs),
      [-2000, -2000],
    );
  });

  test(
    'attributes of files are no part of a context',
    { skip: process.getuid?.() !== 0 && 'needs root' },
    async () => {
      put({ a: 'a' });
      writeXattr(join(from, 'a'), 'user.note', 'seen');
      await copy('a', '/x');
      assert.equal(readXattr(join(to, 'x'), 'user.note'), undefined);
    },
  );

  test('follows a symlink that is named, inside the context only', async () => {
    put({ real: 'r', link: '-> /real', out: '-> /etc/hostname' });
    await copy('link', '/x');
    assert.equal(readFileSync(join(to, 'x'), 'utf8'), 'r');
    await assert.rejects(copy('out', '/y'), /stat out: file does not exist/);
  });

  test('a file that is written has the name of a file alone', async () => {
    put({ d: null }, to);
    const write = (name: string): Promise<string[]> =>
      changeFiles(to, [
        {
          kind: 'write',
          name,
          content: 'x',
          mode: 0o644,
          unpack: false,
          destination: '/d/',
          severalSources: false,
        },
      ]);
    for (const name of ['../../escaped', 'a/b', '..', '.', ''])
      await assert.rejects(write(name), /invalid name of a file/);
    await write('..a');
    assert.deepEqual(listing(), ['d/', 'd/..a']);
    assert.equal(existsSync(join(base, 'escaped')), false);
  });

  test('follows symlinks in the target, inside of it only', async () => {
    put({ one: '1' });
    put({ outside: `-> ${base}/escaped`, up: '-> ../../../../../../../tmp' }, to);
    await copy('one', '/outside/one');
    await copy('one', '/up/one');
    assert.equal(existsSync(join(base, 'escaped')), false);
    assert.ok(existsSync(join(to, base, 'escaped/one')));
    assert.ok(existsSync(join(to, 'tmp/one')));
  });

  test('a file in a copied directory takes the place of a symlink', async () => {
    put({ 'd/f': 'new' });
    put({ 'x/f': `-> ${base}/victim` }, to);
    writeFileSync(join(base, 'victim'), 'untouched');
    await copy('d', '/x');
    assert.equal(readFileSync(join(base, 'victim'), 'utf8'), 'untouched');
    assert.equal(readFileSync(join(to, 'x/f'), 'utf8'), 'new');
  });

  test('modes: octal ones count for directories that are made, symbolic ones do not', async () => {
    put({ one: '1' });
    await copy('one', '/x/y/', { chmod: '640' });
    await copy('one', '/z/', { chmod: 'u=rwX,go=' });
    await copy('one', '/set/', { chmod: '4755' });
    await copy('one', '/open/all/', { chmod: '777' });
    assert.equal(statSync(join(to, 'x')).mode & 0o777, 0o640);
    assert.deepEqual(
      ['open', 'open/all', 'open/all/one'].map((path) => statSync(join(to, path)).mode & 0o777),
      [0o755, 0o755, 0o777],
    );
    assert.equal(statSync(join(to, 'set')).mode & 0o7777, 0o755);
    assert.equal(statSync(join(to, 'set/one')).mode & 0o7777, 0o4755);
    assert.equal(statSync(join(to, 'z')).mode & 0o777, 0o755);
    assert.equal(statSync(join(to, 'z/one')).mode & 0o777, 0o600);
  });

  const failures: readonly [
    name: string,
    path: string,
    destination: string,
    message: RegExp,
    options?: CopyOptions,
  ][] = [
    ['several files into a file', '*', '/x', /destination must be a directory and end with a \/$/],
    ['a second source into a file', 'one', '/x', /destination must be a directory/, { severalSources: true }],
    ['a directory over a file', 'd', '/file', /^EngineError: cannot copy to non-directory: \/file$/],
    ['a file over a directory', 'one', '/dir/one/', /cannot create directory|cannot replace/],
  ];
  for (const [name, path, destination, message, options] of failures)
    test(`refuses ${name}`, async () => {
      put({ 'd/a': 'a', one: '1', two: '2' });
      put({ file: 'f', 'dir/one': 'x' }, to);
      await assert.rejects(copy(path, destination, options), message);
    });
});

describe('modes', () => {
  const cases: readonly [text: string, mode: number, isDirectory: boolean, expected: number][] = [
    ['755', 0o600, false, 0o755],
    ['4711', 0, false, 0o4711],
    ['u+x', 0o644, false, 0o744],
    ['+x', 0o644, false, 0o755],
    ['a-w', 0o666, false, 0o444],
    ['u=rwX,go=rX', 0o600, false, 0o644],
    ['u=rwX,go=rX', 0o700, false, 0o755],
    ['u=rwX,go=rX', 0o600, true, 0o755],
    ['u=rwX,go=rX', 0o6750, true, 0o755],
    ['go=u', 0o640, false, 0o666],
    ['u+s,g+s,+t', 0o755, false, 0o7755],
    ['u=rw', 0o4755, false, 0o655],
    ['u+r-w', 0o200, false, 0o400],
  ];
  for (const [text, mode, isDirectory, expected] of cases)
    test(`${text} makes ${mode.toString(8)} ${expected.toString(8)}`, () =>
      assert.equal(parseMode(text)(mode, isDirectory), expected));
});

describe('archives', () => {
  const archive = (...entries: (Partial<TarEntry> & { name: string; text?: string })[]): Buffer =>
    Buffer.concat([
      ...entries.flatMap(({ text = '', ...entry }) => [
        encodeHeader(makeEntry({ size: text.length, ...entry })),
        Buffer.from(text),
        Buffer.alloc(paddingOf(text.length)),
      ]),
      trailer,
    ]);

  test('are unpacked, also compressed; what only looks like one is copied', async () => {
    const tar = archive({ name: 'd/', type: 'directory', mode: 0o700 }, { name: 'd/f', text: 'x' });
    writeFileSync(join(from, 'a.tar'), tar);
    writeFileSync(join(from, 'a.tgz'), gzipSync(tar));
    writeFileSync(join(from, 'plain.gz'), gzipSync('no archive'));
    await copy('*', '/x/', { unpack: true });
    assert.deepEqual(listing(), ['x/', 'x/d/', 'x/d/f', 'x/plain.gz']);
    assert.equal(statSync(join(to, 'x/d')).mode & 0o777, 0o700);
  });

  test('never write outside, whatever they hold', async () => {
    writeFileSync(join(base, 'secret'), 'kept');
    const hostile = [
      archive({ name: '../../escaped', text: 'x' }),
      archive({ name: 'l', type: 'symlink', linkName: base }, { name: 'l/escaped', text: 'x' }),
      archive({ name: 'h', type: 'hardlink', linkName: `../../secret` }),
      archive({ name: 'h', type: 'hardlink', linkName: `${base}/secret` }),
    ];
    for (const tar of hostile) {
      writeFileSync(join(from, 'a.tar'), tar);
      await copy('a.tar', '/x/', { unpack: true }).catch(() => {});
      assert.equal(existsSync(join(base, 'escaped')), false);
      assert.equal(lstatSync(join(base, 'secret')).nlink, 1);
    }
  });
});

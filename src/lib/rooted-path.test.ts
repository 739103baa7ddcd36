import assert from 'node:assert/strict';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RootedDirectory } from './rooted-path.ts';

const root = mkdtempSync(join(tmpdir(), 'rooted-test-'));
after(() => rmSync(root, { recursive: true, force: true }));
before(() => {
  mkdirSync(join(root, 'usr/lib'), { recursive: true });
  writeFileSync(join(root, 'usr/lib/file'), 'inside');
  const links = {
    lib: 'usr/lib',
    absolute: '/usr/lib/file',
    up: '../../../../usr',
    'usr/relative': '../lib/file',
    loop: 'loop',
    dangling: '/nowhere/x',
    top: '/',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
});

function locate(path: string, followLast = true): string {
  using directory = new RootedDirectory(root);
  using found = directory.locate(path, { followLast });
  return found.realPath;
}

test('paths are resolved as in a chroot', () => {
  const cases = {
    '': '',
    '/': '',
    '/usr/lib/file': 'usr/lib/file',
    'lib/file': 'usr/lib/file',
    absolute: 'usr/lib/file',
    'up/lib/../lib/file': 'usr/lib/file',
    'usr/relative': 'usr/lib/file',
    '../../..': '',
    'lib/..': 'usr',
    'top/lib': 'usr/lib',
    'usr/lib/new': 'usr/lib/new',
    './usr//lib/.': 'usr/lib',
  };
  for (const [path, real] of Object.entries(cases)) assert.equal(locate(path), real, path);
  assert.equal(locate('absolute', false), 'absolute');
  assert.equal(locate('up/relative', false), 'usr/relative');
});

test('the path for system calls leads to the same thing', () => {
  using directory = new RootedDirectory(root);
  using file = directory.locate('absolute', { followLast: true });
  assert.equal(readFileSync(file.path, 'utf8'), 'inside');
  using link = directory.locate('absolute', { followLast: false });
  assert.equal(readlinkSync(link.path), '/usr/lib/file');
  using top = directory.locate('/', { followLast: true });
  assert.equal(readFileSync(`${top.path}/usr/lib/file`, 'utf8'), 'inside');
});

test('failed lookups tell their code', () => {
  const code = (path: string) => (error: { code: string; kind: string; message: string }) => {
    assert.ok(error.message.startsWith(path), error.message);
    return true;
  };
  assert.throws(() => locate('no/such'), {
    code: 'ENOENT',
    kind: 'not-found',
    message: 'no/such: no such file or directory',
  });
  assert.throws(() => locate('usr/lib/file/x'), { code: 'ENOTDIR', kind: 'invalid' });
  assert.throws(() => locate('loop/x'), { code: 'ELOOP' });
  assert.throws(() => locate('loop'), { code: 'ELOOP' });
  assert.throws(() => locate('dangling'), { code: 'ENOENT' });
  assert.throws(() => locate('dangling/x'), code('dangling/x'));
});

test('missing directories are made inside, also behind a dangling symlink', () => {
  using directory = new RootedDirectory(root);
  const made: string[] = [];
  const fd = directory.openDirectory('dangling/a', (path) => {
    made.push(path);
    mkdirSync(path);
  });
  closeSync(fd);
  assert.equal(made.length, 3);
  assert.equal(locate('dangling/a'), 'nowhere/x/a');
});

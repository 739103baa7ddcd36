import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, test } from 'node:test';
import { makeNode, S_IFIFO } from '../../kernel/mknod.ts';
import type { BuildRequest } from '../types.ts';
import { readContext } from './read-context.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function read(files: Record<string, string>, path: string, isPacked = false): ReturnType<typeof readContext> {
  const directory = mkdtempSync('/tmp/lading-context-');
  made.push(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(directory, name));
    else if (text === 'FIFO') makeNode(join(directory, name), S_IFIFO | 0o600);
    else writeFileSync(join(directory, name), text);
  }
  return readContext({ contextDir: directory, dockerfile: { path, isPacked } } as BuildRequest);
}

test('finds the Dockerfile and its ignore file', () => {
  const files = { Dockerfile: 'FROM a', '.dockerignore': '*.md\n# no\n/x/\n' };
  const { file, text, ignore } = read(files, 'Dockerfile');
  assert.deepEqual([file, text, ignore], ['Dockerfile', 'FROM a', ['*.md', 'x']]);
});

test('an ignore file of its own goes before the common one', () => {
  const files = { 'sub/my.file': 'FROM a', 'sub/my.file.dockerignore': 'own', '.dockerignore': 'common' };
  assert.deepEqual(read(files, './sub/my.file').ignore, ['own']);
  assert.deepEqual(read(files, 'sub/my.file').file, 'sub/my.file');
});

test('takes a name in lower case when there is no other', () => {
  assert.equal(read({ dockerfile: 'FROM a' }, 'Dockerfile').file, 'dockerfile');
});

test('a Dockerfile that is ignored is read all the same', () => {
  assert.equal(read({ Dockerfile: 'FROM a', '.dockerignore': '*' }, 'Dockerfile').text, 'FROM a');
});

test('of a packed context only the Dockerfile and the ignore file are left out', () => {
  const files = { Dockerfile: 'FROM a', '.dockerignore': '*\n!.dockerignore\n' };
  assert.deepEqual(read(files, 'Dockerfile', true).ignore, ['Dockerfile']);
  assert.deepEqual(read({ ...files, '.dockerignore': '*.md\n' }, 'Dockerfile', true).ignore, []);
  assert.deepEqual(read({ ...files, '.dockerignore': '[\n' }, 'Dockerfile', true).ignore, []);
});

test('symlinks are followed inside the context only', () => {
  assert.equal(read({ Dockerfile: '-> /real', real: 'FROM a' }, 'Dockerfile').text, 'FROM a');
  const outside = { Dockerfile: '-> /etc/hostname' };
  assert.throws(
    () => read(outside, 'Dockerfile'),
    /^EngineError: Cannot locate specified Dockerfile: Dockerfile$/,
  );
});

const bad: readonly [name: string, files: Record<string, string>, path: string, message: string][] = [
  ['a missing Dockerfile', {}, 'x/y', 'Cannot locate specified Dockerfile: x/y'],
  ['a path out of the context', {}, '../D', 'forbidden path outside the build context: ../D ()'],
  ['a directory', { 'D/x': '' }, 'D', 'D is not a regular file'],
  ['a FIFO', { D: 'FIFO' }, 'D', 'D is not a regular file'],
  [
    'a malformed ignore file',
    { D: 'FROM a', '.dockerignore': 'a\n[' },
    'D',
    '.dockerignore: syntax error in pattern "["',
  ],
];
for (const [name, files, path, message] of bad)
  test(`refuses ${name}`, () => assert.throws(() => read(files, path), { message, kind: 'invalid' }));

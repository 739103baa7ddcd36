import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IgnorePatterns, readIgnoreFile } from './ignore.ts';

const cases: readonly [file: string, ignored: string[], kept: string[]][] = [
  ['a', ['a', 'a/b', 'a/b/c'], ['b', 'ba', 'x/a']],
  ['/a/', ['a', 'a/b'], ['x/a']],
  ['*.md', ['a.md'], ['x/a.md', 'a.txt']],
  ['**/*.md', ['a.md', 'x/y/a.md'], ['a.txt']],
  ['*.md\n!README.md', ['a.md'], ['README.md']],
  ['!README.md\n*.md', ['README.md'], []],
  ['docs\n!docs/keep', ['docs', 'docs/x'], ['docs/keep', 'docs/keep/y']],
  ['docs\n!docs/keep\ndocs/keep/no', ['docs/keep/no'], ['docs/keep/yes']],
  ['*\n!src/**', ['a', 'b/c'], ['src/a', 'src/b/c']],
  ['# comment\n\n  a  \n', ['a'], ['# comment']],
  ['./a/../b', ['b'], ['a']],
  ['../a', [], ['a']],
  ['**/node_modules', ['node_modules/x', 'a/b/node_modules/c'], ['a/node_modules2']],
  ['a?', ['ab', 'ab/c'], ['a', 'abc']],
  ['.', [], ['a']],
  ['**', ['a', 'b/c'], []],
];

for (const [file, ignored, kept] of cases)
  test(`follows ${JSON.stringify(file)}`, () => {
    const patterns = new IgnorePatterns(readIgnoreFile(file));
    for (const path of ignored) assert.equal(patterns.ignores(path), true, `${path} is to be ignored`);
    for (const path of kept) assert.equal(patterns.ignores(path), false, `${path} is to be kept`);
  });

test('refuses a lone exclamation mark', () => {
  assert.throws(() => new IgnorePatterns(readIgnoreFile('!')), { message: 'illegal exclusion pattern: "!"' });
});

test('a walk must look into an ignored directory only when something in it can be taken back', () => {
  const patterns = new IgnorePatterns(['docs', 'other', '!docs/keep', '!x/**/y']);
  assert.equal(patterns.mayKeepBelow('docs'), true);
  assert.equal(patterns.mayKeepBelow('other'), false);
  assert.equal(patterns.mayKeepBelow('x/z'), true);
});

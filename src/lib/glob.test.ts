import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGlob } from './glob.ts';

const cases: readonly [pattern: string, path: string, matches: boolean][] = [
  ['a', 'a', true],
  ['a', 'ab', false],
  ['a/b', 'a/b', true],
  ['*', 'a', true],
  ['*', '.hidden', true],
  ['*', 'a/b', false],
  ['*.txt', 'a.txt', true],
  ['*.txt', 'a.txt.bak', false],
  ['a*c', 'abbc', true],
  ['a*c', 'ac', true],
  ['a*b*c', 'a1b2b3c', true],
  ['a*b*c', 'a1c2', false],
  ['a*bc*bc', 'abcbc', true],
  ['a*bc*bc', 'abc', false],
  ['*a*', 'bab', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a?c', 'a\u00e9c', true],
  ['[ab]c', 'bc', true],
  ['[^ab]c', 'bc', false],
  ['[a-c]', 'b', true],
  ['[a\\-c]', 'b', false],
  ['[a\\-c]', '-', true],
  ['[.]', 'x', false],
  ['fue[l]', 'fuel', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a.c', 'abc', false],
  ['a+(b)', 'a+(b)', true],
  ['**', 'a/b/c', true],
  ['**/a', 'a', true],
  ['**/a', 'b/c/a', true],
  ['**/a', 'b/ca', false],
  ['a/**', 'a/b/c', true],
  ['a/**', 'a', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'ab', false],
  ['**/a/**/b', 'x/a/y/a/z/b', true],
  ['**/*.go', 'x/y.go', true],
  ['a/*/b', 'a/x/b', true],
  ['a/*/b', 'a/x/y/b', false],
];

for (const [pattern, path, matches] of cases)
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${path}`, () =>
    assert.equal(compileGlob(pattern).matches(path), matches));

for (const pattern of ['[', '[]', '[a', 'a[', '[b-a]'])
  test(`${pattern} is malformed`, () =>
    assert.throws(() => compileGlob(pattern), { message: `syntax error in pattern "${pattern}"` }));

test('stays fast on patterns made to backtrack', () => {
  const glob = compileGlob(`${'*a'.repeat(30)}*b`);
  const deep = compileGlob(`${'**/a/'.repeat(30)}b`);
  const before = performance.now();
  assert.equal(glob.matches('a'.repeat(250)), false);
  assert.equal(deep.matches('a/'.repeat(300)), false);
  assert.ok(performance.now() - before < 200);
});

test('tells which directories a pattern reaches into', () => {
  assert.equal(compileGlob('a/b/c').reachesBelow('a'), true);
  assert.equal(compileGlob('a/b/c').reachesBelow('a/b/c'), false);
  assert.equal(compileGlob('a/*/c').reachesBelow('a/x'), true);
  assert.equal(compileGlob('b/*').reachesBelow('a'), false);
  assert.equal(compileGlob('**/x').reachesBelow('a/b'), true);
});

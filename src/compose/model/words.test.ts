import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitWords } from './words.ts';

for (const [line, words] of [
  ['a b  c', ['a', 'b', 'c']],
  ['sh -c \'echo "a"\'', ['sh', '-c', 'echo "a"']],
  ['a"b c"d', ['ab cd']],
  ['a\\ b', ['a b']],
  ['"a\\"b$x"', ['a"b$x']],
  ['a\\tb "c\\nd"', ['a\tb', 'c\nd']],
  ["'a\\tb'", ['a\\tb']],
  ["''", ['']],
  ['', []],
  ['echo a; echo b', ['echo', 'a']],
  ['a 2>x', ['a']],
  ['a &', ['a']],
  ['echo $(date +%s) x', ['echo', '$(date +%s)', 'x']],
  ['echo `date +%s`', ['echo', '`date +%s`']],
  ['echo $HOME', ['echo', '$HOME']],
] as const) {
  test(`${line} is ${words.length} words`, () => assert.deepEqual(splitWords(line), words));
}
test('an open quote is refused', () => assert.throws(() => splitWords("a 'b"), /unclosed quote/));
test('a bracket outside of quotes is refused', () => assert.throws(() => splitWords('a (b)'), /bracket/));

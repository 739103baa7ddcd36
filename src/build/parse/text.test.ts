import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Text } from './text.ts';

test('each character is known by its line and column, lines without any included', () => {
  const lines = ['ab', '', '', 'c', '', 'def', ''].map((text, at) => ({ text, line: at + 1, column: 3 }));
  const text = Text.join(lines);
  const places = Array.from(text.text, (_, index) => text.at(index)).map(
    ({ line, column }) => `${line}:${column}`,
  );
  assert.deepEqual(places, ['1:3', '1:4', '4:3', '6:3', '6:4', '6:5']);
  assert.deepEqual(text.slice(3).at(1), { line: 6, column: 4 });
  assert.deepEqual(text.at(6), { line: 7, column: 3 }, 'behind the end');
  assert.deepEqual(Text.join([]).at(0), { line: 1, column: 1 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpolate } from './interpolate.ts';

const environment = { NAME: 'web', EMPTY: '', constructorless: 'x' };
const run = (text: string): string => interpolate(text, { environment }, (message) => new Error(message));

const cases: readonly (readonly [text: string, result: string])[] = [
  ['$NAME', 'web'],
  ['${NAME}-1', 'web-1'],
  ['a$NAME.b', 'aweb.b'],
  ['${NAME:-x}', 'web'],
  ['${EMPTY:-x}', 'x'],
  ['${EMPTY-x}', ''],
  ['${UNSET-x}', 'x'],
  ['${UNSET:-${NAME}}', 'web'],
  ['${UNSET:-a-$NAME-b}', 'a-web-b'],
  ['${NAME:+yes}', 'yes'],
  ['${EMPTY:+yes}', ''],
  ['${EMPTY+yes}', 'yes'],
  ['${NAME:?must}', 'web'],
  ['$$NAME', '$NAME'],
  ['$${NAME}', '${NAME}'],
  ['cost: 5$$', 'cost: 5$'],
  ['$UNSET', ''],
  ['${constructor}', ''],
];

for (const [text, result] of cases)
  test(`${text} becomes ${JSON.stringify(result)}`, () => assert.equal(run(text), result));

for (const [text, message] of [
  ['${UNSET:?set it}', /required variable UNSET is missing a value: set it/],
  ['${EMPTY:?}', /required variable EMPTY is missing a value$/],
  ['${NAME', /no closing brace/],
  ['${-x}', /invalid interpolation format/],
  ['${X:-'.repeat(3000) + '}'.repeat(3000), /^Error: variables within variables, more than 100 times$/],
] as const) {
  test(`${text.slice(0, 20)} is refused`, () => assert.throws(() => run(text), message));
}

test('a variable that is not set is told', () => {
  const unset: string[] = [];
  interpolate(
    '$A ${B} ${C:-x}',
    { environment, onUnset: (name) => unset.push(name) },
    (message) => new Error(message),
  );
  assert.deepEqual(unset, ['A', 'B']);
});

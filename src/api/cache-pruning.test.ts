import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachePruning, pruneFilters } from './cache-pruning.ts';

const read = (query: Record<string, string>) => {
  const params = new URLSearchParams(query);
  return cachePruning(params, pruneFilters(params));
};

test('reads what is to be pruned', () => {
  assert.deepEqual(read({}), { all: false, filters: [''] });
  const filters = JSON.stringify({ until: { '24h': true }, type: ['regular'], id: ['abc'] });
  const pruning = read({
    all: '1',
    filters,
    'keep-storage': '5',
    'max-used-space': '7',
    'min-free-space': '9',
  });
  const { keepDuration = 0 } = pruning;
  assert.ok(Math.abs(keepDuration - 86_400_000) < 1000);
  assert.deepEqual(pruning, {
    all: true,
    filters: ['id~=abc,type==regular'],
    keepDuration,
    reservedSpace: 5,
    maxUsedSpace: 7,
    minFreeSpace: 9,
  });
});

// as Docker 28.5 says it
const failed = 'failed to prune build cache: ';
const bad: readonly [query: Record<string, string>, message: string][] = [
  [{ filters: '{"nope":{"x":true}}' }, `${failed}invalid filter 'nope'`],
  [{ filters: 'x' }, 'invalid filter'],
  [
    { filters: '{"until":{"x":true}}' },
    `${failed}"until" filter expects a duration (e.g., '24h') or a timestamp: failed to parse value as time or duration: "x"`,
  ],
  [{ filters: '{"until":["1h","2h"]}' }, `${failed}filters expect only one value`],
  [{ filters: '{"id":["a","b"]}' }, `${failed}filters expect only one value`],
  [
    { filters: '{"until":["1h"],"unused-for":["1h"]}' },
    `${failed}conflicting filters: "until" and "unused-for"`,
  ],
  [
    { 'reserved-space': 'abc' },
    'reserved-space is in bytes and expects an integer, got abc: strconv.Atoi: parsing "abc": invalid syntax',
  ],
];
for (const [query, message] of bad)
  test(`refuses ${JSON.stringify(query)}`, () => assert.throws(() => read(query), { message }));

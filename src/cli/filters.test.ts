import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFilters } from './filters.ts';

test('filters of one name are gathered, whatever the name', () => {
  assert.deepEqual(parseFilters(['label=a=b', 'Label= c ', 'constructor=x']), {
    label: ['a=b', 'c'],
    constructor: ['x'],
  });
  assert.deepEqual(parseFilters(['']), {});
  assert.throws(() => parseFilters(['label']), /expected name=value/);
});

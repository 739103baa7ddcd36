import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from './duration.ts';

test('durations are written as Go writes them, and read back', () => {
  for (const text of ['0s', '1ns', '1.5µs', '300ms', '1.5s', '30s', '1m30s', '1h0m5s'])
    assert.equal(formatDuration(parseDuration(text)), text);
});

test('what is no duration is refused in the words of Go', () => {
  const told = {
    '': 'invalid duration',
    s: 'invalid duration',
    5: 'missing unit in duration',
    '1x': 'unknown unit "x" in duration',
  };
  for (const [text, why] of Object.entries(told))
    assert.throws(() => parseDuration(text), { message: `time: ${why} ${JSON.stringify(text)}` });
});

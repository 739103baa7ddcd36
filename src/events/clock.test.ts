import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallClockNanos } from './clock.ts';

test('a later time is never told as an earlier one', () => {
  const times = Array.from({ length: 50_000 }, wallClockNanos);
  const back = times.filter((time, index) => time < (times[index - 1] ?? 0n));
  assert.deepEqual(back, []);
});

test('the time is that of the wall clock', () => {
  const before = Date.now();
  const time = Number(wallClockNanos() / 1_000_000n);
  assert.ok(time >= before - 1 && time <= Date.now() + 1);
});

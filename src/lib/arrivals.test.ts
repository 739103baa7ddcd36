import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrivals } from './arrivals.ts';

const { signal } = new AbortController();

test('all who wait for a name are told, others are not', async () => {
  const arrivals = new Arrivals<number>();
  const both = [arrivals.wait('a', 1000, signal), arrivals.wait('a', 1000, signal)];
  const other = arrivals.wait('b', 5, signal);
  arrivals.arrived('a', 1);
  assert.deepEqual(await Promise.all(both), [1, 1]);
  assert.equal(await other, undefined);
  assert.equal(arrivals.size, 0);
});

test('who gives up leaves nothing behind', async () => {
  const arrivals = new Arrivals<number>();
  const stop = new AbortController();
  const waiting = arrivals.wait('a', 60_000, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(arrivals.wait('a', 60_000, stop.signal), /enough/);
  assert.equal(arrivals.size, 0);
});

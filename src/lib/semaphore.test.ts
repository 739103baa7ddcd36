import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Semaphore } from './semaphore.ts';

test('no more than the limit runs at once, in the order of asking, also when the limit changes', async () => {
  let limit = 1;
  const semaphore = new Semaphore(() => limit);
  const running: number[] = [];
  const ends: (() => void)[] = [];
  const work = Array.from({ length: 5 }, (_, index) =>
    semaphore.run(async () => {
      running.push(index);
      await new Promise<void>((resolve) => (ends[index] = resolve));
    }),
  );
  await turn();
  assert.deepEqual(running, [0]);
  limit = 3;
  ends[0]?.();
  await turn();
  assert.deepEqual(running, [0, 1, 2, 3]);
  limit = 1;
  ends[1]?.();
  ends[2]?.();
  await turn();
  assert.deepEqual(running, [0, 1, 2, 3]);
  ends[3]?.();
  await turn();
  assert.deepEqual(running, [0, 1, 2, 3, 4]);
  ends[4]?.();
  await Promise.all(work);
  assert.equal(semaphore.isFull, false);
});

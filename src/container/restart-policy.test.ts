import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FinishedRun, restartDelay } from './restart-policy.ts';

const finished: FinishedRun = {
  policy: { name: 'always' },
  exitCode: 1,
  manuallyStopped: false,
  cancelled: false,
  restartCount: 0,
  lastDelay: 0,
  ranFor: 5,
};

test('delays double from 100 ms to a minute and begin anew after a run of 10 seconds', () => {
  const delays: number[] = [];
  for (let lastDelay = 0; delays.length < 13; lastDelay = delays.at(-1) ?? 0)
    delays.push(restartDelay({ ...finished, lastDelay }) ?? -1);
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000, 60000]);
  assert.equal(restartDelay({ ...finished, lastDelay: 60_000, ranFor: 10_000 }), 100);
});

test('each policy restarts what it promises', () => {
  const restarts = (change: Partial<FinishedRun>): boolean =>
    restartDelay({ ...finished, ...change }) !== undefined;
  assert.equal(restarts({ policy: { name: 'no' } }), false);
  assert.equal(restarts({ exitCode: 0 }), true);
  assert.equal(restarts({ cancelled: true }), false);
  assert.equal(restarts({ policy: { name: 'unless-stopped' } }), true);
  assert.equal(restarts({ policy: { name: 'unless-stopped' }, manuallyStopped: true }), false);
  const onFailure = { name: 'on-failure', maximumRetryCount: 2 } as const;
  assert.equal(restarts({ policy: onFailure, exitCode: 0 }), false);
  assert.equal(restarts({ policy: onFailure, restartCount: 1 }), true);
  assert.equal(restarts({ policy: onFailure, restartCount: 2 }), false);
  assert.equal(restarts({ policy: { ...onFailure, maximumRetryCount: 0 }, restartCount: 999 }), true);
});

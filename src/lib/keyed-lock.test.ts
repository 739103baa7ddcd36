import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedLock } from './keyed-lock.ts';

test('work on a key waits for what came before, however that ended', async () => {
  const lock = new KeyedLock();
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = lock.run('a', async () => {
    await gate.promise;
    told.push('first');
    throw new Error('failed');
  });
  const second = lock.run('a', async () => void told.push('second'));
  await lock.run('b', async () => void told.push('other'));
  gate.resolve();
  await assert.rejects(first, /failed/);
  await second;
  assert.deepEqual(told, ['other', 'first', 'second']);
});

test('who gives up waiting holds up nobody, and lets nobody pass', async () => {
  const lock = new KeyedLock();
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  const stop = new AbortController();
  const first = lock.run('a', async () => {
    await gate.promise;
    told.push('first');
  });
  const left = lock.run('a', async () => void told.push('left'), { signal: stop.signal });
  stop.abort(new Error('no time'));
  await assert.rejects(left, /no time/);
  const last = lock.run('a', async () => void told.push('last'));
  gate.resolve();
  await Promise.all([first, last]);
  assert.deepEqual(told, ['first', 'last']);
});

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { Flights } from './flights.ts';

/** Work that ends when told, or some time after it was aborted. */
function controlled() {
  const log: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = (signal: AbortSignal): Promise<string> => {
    log.push('started');
    signal.addEventListener('abort', () => {
      void sleep(10).then(() => {
        log.push('cleaned up');
        reject(signal.reason);
      });
    });
    return promise;
  };
  return { log, work, resolve, reject };
}

test('equal calls share the work, and a later call starts anew', async () => {
  const flights = new Flights<string>();
  const { log, work, resolve } = controlled();
  const calls = [flights.join('k', undefined, work), flights.join('k', new AbortController().signal, work)];
  resolve('done');
  assert.deepEqual(await Promise.all(calls), ['done', 'done']);
  assert.deepEqual(log, ['started']);
  assert.equal(await flights.join('k', undefined, () => Promise.resolve('again')), 'again');
});

test('one of two may give up; the other gets its result', async () => {
  const flights = new Flights<string>();
  const { log, work, resolve } = controlled();
  const stop = new AbortController();
  const first = flights.join('k', stop.signal, work);
  const second = flights.join('k', undefined, work);
  stop.abort();
  await assert.rejects(first, { name: 'AbortError' });
  resolve('done');
  assert.equal(await second, 'done');
  assert.deepEqual(log, ['started']);
});

test('when the last one gives up the work is aborted, and has cleaned up before the call ends', async () => {
  const flights = new Flights<string>();
  const { log, work } = controlled();
  const stops = [new AbortController(), new AbortController()];
  const calls = stops.map((stop) => flights.join('k', stop.signal, work));
  stops[0]?.abort();
  await assert.rejects(calls[0] as Promise<string>, { name: 'AbortError' });
  assert.deepEqual(log, ['started']);
  stops[1]?.abort();
  assert.equal(await flights.join('k', undefined, () => Promise.resolve('a new flight')), 'a new flight');
  await assert.rejects(calls[1] as Promise<string>, { name: 'AbortError' });
  assert.deepEqual(log, ['started', 'cleaned up']);
});

test('a failure is told to all, and not kept', async () => {
  const flights = new Flights<string>();
  const { work, reject } = controlled();
  const calls = [flights.join('k', undefined, work), flights.join('k', undefined, work)];
  reject(new Error('broken'));
  for (const call of calls) await assert.rejects(call, /broken/);
  assert.equal(await flights.join('k', undefined, () => Promise.resolve('fine')), 'fine');
});

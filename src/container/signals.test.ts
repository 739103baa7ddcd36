import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSignal, parseSignal, stopSignalOf } from './signals.ts';

test('signals are named as Docker’s users name them', () => {
  const numbers = ['SIGTERM', 'term', '15', 'KILL', 'SIGRTMIN', 'rtmin+3', 'RTMAX-1', '64'].map(parseSignal);
  assert.deepEqual(numbers, [15, 15, 15, 9, 34, 37, 63, 64]);
  for (const text of ['', '0', 'NOPE', 'RTMIN-1', 'RTMAX+1', '1.5', 'SIG9'])
    assert.throws(() => parseSignal(text), { message: `invalid signal: ${text}` });
});

test('a number that no signal has is told from others', () => {
  assert.deepEqual(['65', '-9', '64'].map(parseSignal).map(isSignal), [false, false, true]);
});

test('the stop signal is SIGTERM unless the container says otherwise', () => {
  assert.equal(stopSignalOf({ stopSignal: '' }), 15);
  assert.equal(stopSignalOf({ stopSignal: 'SIGQUIT' }), 3);
});

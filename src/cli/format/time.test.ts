import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanDuration, parseMoment } from './time.ts';

for (const [seconds, words] of [
  [0.2, 'Less than a second'],
  [1, '1 second'],
  [59, '59 seconds'],
  [60, 'About a minute'],
  [119, 'About a minute'],
  [120, '2 minutes'],
  [3599, '59 minutes'],
  [3600, 'About an hour'],
  [5500, '2 hours'],
  [47 * 3600, '47 hours'],
  [48 * 3600, '2 days'],
  [14 * 86400, '2 weeks'],
  [61 * 86400, '2 months'],
  [730 * 86400, '2 years'],
] as const) {
  test(`${seconds} s are ${words}`, () => assert.equal(humanDuration(seconds), words));
}

const now = Date.parse('2026-01-02T03:04:05Z');
for (const [text, seconds] of [
  ['10m', '1767322445.000'],
  ['1h1m1s', '1767319384.000'],
  ['1700000000.5', '1700000000.5'],
  ['2026-01-02T03:04:05Z', '1767323045'],
  ['2026-01-02T03:04:05.123456789Z', '1767323045.123456789'],
  ['2026-01-02', '1767312000'],
] as const) {
  test(`since ${text} is ${seconds}`, () => assert.equal(parseMoment(text, now), seconds));
}
test('what is no time is refused', () =>
  assert.throws(() => parseMoment('yesterday'), /failed to parse value as time or duration/));

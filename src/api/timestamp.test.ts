import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNanoseconds, parseTimestamp } from './timestamp.ts';

test('reads every form that clients send', () => {
  const now = new Date('2026-01-01T00:10:00Z');
  const parse = (text: string): bigint => parseTimestamp(text, now);
  assert.equal(parse('1136073600.000000001'), 1136073600000000001n);
  assert.equal(parse('0'), 0n);
  assert.equal(parse('2006-01-01T00:00:00.5Z'), 1136073600500000000n);
  assert.equal(parse('2006-01-01T01:00:00+01:00'), 1136073600000000000n);
  assert.equal(parse('2006-01-01'), 1136073600000000000n);
  assert.equal(parse('10m'), BigInt(Date.parse('2026-01-01T00:00:00Z')) * 1_000_000n);
  assert.throws(() => parse('yesterday'), /failed to parse value as time or duration: "yesterday"/);
  assert.throws(() => parse('2006-13-01'), /failed to parse value as time/);
});

test('prints nanoseconds without losing one', () => {
  assert.equal(formatNanoseconds(1136073600000000001n), '2006-01-01T00:00:00.000000001Z');
});

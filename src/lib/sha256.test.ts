import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from './sha256.ts';

test('digests are those of Node, at every length around a block and with all of Unicode', () => {
  const texts = [
    ...Array.from({ length: 200 }, (_, length) => 'a'.repeat(length)),
    'grüße 🚢 \u0000\uffff',
    'x'.repeat(100_000),
  ];
  for (const text of texts) assert.equal(sha256(text), createHash('sha256').update(text).digest('hex'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOf, resolveScalar } from './resolve-scalar.ts';

/** What `docker compose config` makes of plain scalars. */
for (const [source, value] of [
  ['~', null],
  ['', null],
  ['TRUE', true],
  ['tRUE', 'tRUE'],
  ['yes', 'yes'],
  ['off', 'off'],
  ['0755', 493],
  ['0o17', 15],
  ['0O7', 7],
  ['0x1F', 31],
  ['-0x10', -16],
  ['0b11', 3],
  ['08', 8],
  ['1_000', 1000],
  ['_1', '_1'],
  ['22:22', '22:22'],
  ['3.10', 3.1],
  ['.5', 0.5],
  ['1e3', 1000],
  ['1e400', '1e400'],
  ['.inf', Infinity],
  ['-', '-'],
  ['1.2.3', '1.2.3'],
] as const)
  test(`${JSON.stringify(source)} is ${value}`, () => assert.equal(resolveScalar(source), value));

test('integers of 64 bits are exact, larger ones are none', () => {
  assert.equal(integerOf('0xffffffffffffffff'), 2n ** 64n - 1n);
  assert.equal(integerOf('-9223372036854775808'), -(2n ** 63n));
  assert.equal(integerOf('18446744073709551616'), undefined);
});

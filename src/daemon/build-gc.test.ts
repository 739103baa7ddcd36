import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGc } from './build-gc.ts';

test('is on without settings', () => assert.deepEqual(buildGc(undefined), { enabled: true }));

test("takes Docker's settings", () => {
  const gc = {
    defaultKeepStorage: '20GB',
    defaultMinFreeSpace: '1g',
    policy: [
      { keepStorage: '10GB', filter: ['unused-for=2200h', 'type=regular'] },
      { all: true, maxUsedSpace: '50GB' },
    ],
  };
  assert.deepEqual(buildGc({ gc }), {
    enabled: true,
    reservedSpace: 20 * 2 ** 30,
    minFreeSpace: 2 ** 30,
    policies: [
      {
        all: false,
        filters: ['type==regular'],
        keepDuration: 2200 * 3_600_000,
        reservedSpace: 10 * 2 ** 30,
      },
      { all: true, filters: [], maxUsedSpace: 50 * 2 ** 30 },
    ],
  });
  assert.equal(buildGc({ gc: { enabled: false } }).enabled, false);
});

const bad: readonly [value: unknown, message: string][] = [
  [[], 'builder: want an object'],
  [{ gc: { enabled: 'yes' } }, 'builder.gc.enabled: want true or false'],
  [{ gc: { keep: 1 } }, 'builder.gc: unknown member keep'],
  [{ gc: { defaultReservedSpace: 'much' } }, "builder.gc.defaultReservedSpace: invalid size: 'much'"],
  [
    { gc: { policy: [{ keepDuration: 'x' }] } },
    'builder.gc.policy[0].keepDuration: time: invalid duration "x"',
  ],
  [{ gc: { policy: [{ filter: 'x' }] } }, 'builder.gc.policy[0].filter: want a list of strings'],
];
for (const [value, message] of bad)
  test(`refuses ${JSON.stringify(value)}`, () => assert.throws(() => buildGc(value), { message }));

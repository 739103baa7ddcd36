import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pullRule } from './pull-rule.ts';

const tagged = (hoursAgo: number) => ({
  Metadata: { LastTagTime: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() },
});

test('images that are there are pulled again as the policy says', () => {
  const isStale = (policy: string | undefined, hours: number): boolean =>
    pullRule(policy).isStale(tagged(hours));
  assert.deepEqual(
    ['always', 'never', 'missing', 'if_not_present', 'build', undefined].map((policy) =>
      isStale(policy, 1000),
    ),
    [true, false, false, false, false, false],
  );
  assert.deepEqual([isStale('daily', 23), isStale('daily', 25)], [false, true]);
  assert.deepEqual([isStale('weekly', 160), isStale('weekly', 170)], [false, true]);
  assert.deepEqual([isStale('every_1d12h', 35), isStale('every_1d12h', 37)], [false, true]);
});

test('never and build don’t pull what is missing', () =>
  assert.deepEqual(
    ['never', 'build', 'missing', 'daily'].map((policy) => pullRule(policy).pulls),
    [false, false, true, true],
  ));

test('an unknown policy is refused', () =>
  assert.throws(() => pullRule('sometimes'), /unknown pull policy "sometimes"/));

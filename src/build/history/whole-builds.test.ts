import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildRecord } from './types.ts';
import { wholeBuilds } from './whole-builds.ts';

const record = (id: string, more: Partial<BuildRecord> = {}): BuildRecord => ({
  id,
  lineage: 'x',
  dockerfile: 'Dockerfile',
  target: '',
  startedAt: new Date(1),
  steps: [{ index: 1, name: 'FROM x', stage: '0', line: 1 }],
  ...more,
});

test('builds of several platforms are one, which ends with the last and fails with any', () => {
  const [other, several, running] = wholeBuilds([
    record('a'),
    record('b', { endedAt: new Date(5) }),
    record('b.1', { endedAt: new Date(9), error: 'no' }),
    record('c', { endedAt: new Date(5) }),
    record('c.1'),
  ]);
  assert.deepEqual(other, record('a'));
  assert.deepEqual([several?.endedAt?.getTime(), several?.error], [9, 'no']);
  assert.deepEqual(
    several?.steps.map(({ index }) => index),
    [1, 100_001],
  );
  assert.equal(running?.endedAt, undefined);
});

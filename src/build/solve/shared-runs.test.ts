import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../oci/digest.ts';
import { SharedRuns } from './shared-runs.ts';
import type { OperationEvent } from './types.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const never = new AbortController().signal;

test('who joins late is told what was told lately, no more than some megabytes of it', async () => {
  const runs = new SharedRuns();
  const { promise, resolve } = Promise.withResolvers<Digest>();
  let tell: (event: OperationEvent) => void = () => {};
  const work = (_signal: AbortSignal, told: (event: OperationEvent) => void): Promise<Digest> => {
    tell = told;
    return promise;
  };
  let first = 0;
  const joined = runs.join('key', () => first++, never, work);
  for (let count = 0; count < 1500; count++)
    tell({ type: 'output', stream: 'stdout', data: Buffer.alloc(1 << 16, count) });
  const late: OperationEvent[] = [];
  const second = runs.join('key', (event) => late.push(event), never, work);
  resolve(digest);
  assert.deepEqual(await Promise.all([joined, second]), [digest, digest]);
  assert.equal(first, 1500);
  const outputs = late.filter((event) => event.type === 'output');
  const size = outputs.reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(size >= 1 << 20 && size <= 4 << 20, String(size));
  assert.equal(outputs.at(-1)?.data[0], 1499 % 256);
});

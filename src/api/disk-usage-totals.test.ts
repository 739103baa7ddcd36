import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskUsageAnswer } from '../wire/system.ts';
import { usageTotals } from './disk-usage-totals.ts';

const usage = {
  LayersSize: 300,
  Images: [
    { Containers: 1, Size: 200, SharedSize: 50 },
    { Containers: 0, Size: 150, SharedSize: 50 },
  ],
  Containers: [
    { State: 'running', SizeRw: 10 },
    { State: 'exited', SizeRw: 5 },
  ],
  Volumes: [{ UsageData: { Size: 7, RefCount: 0 } }, { UsageData: { Size: 8, RefCount: 2 } }, {}],
  BuildCache: null,
} as unknown as DiskUsageAnswer;

test('totals tell what is used, what there is and what could be had back', () => {
  assert.deepEqual(usageTotals(usage, false), {
    ImageUsage: { ActiveCount: 1, TotalCount: 2, Reclaimable: 150, TotalSize: 300 },
    ContainerUsage: { ActiveCount: 1, TotalCount: 2, Reclaimable: 5, TotalSize: 15 },
    VolumeUsage: { ActiveCount: 1, TotalCount: 3, Reclaimable: 7, TotalSize: 15 },
  });
});

test('the items come only when they are asked for', () => {
  assert.equal(usageTotals(usage, true).ImageUsage?.Items?.length, 2);
});

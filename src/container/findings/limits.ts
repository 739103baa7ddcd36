import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { formatBinaryBytes } from '../../lib/bytes.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

const FULL = 0.95;
const OFTEN = 0.25;
/** Periods of the scheduler that say something, a tenth of a second each. */
const ENOUGH = 50;

/** SHM-FULL, CPU-THROTTLED: limits that a running container has come to. */
export async function findLimits(evidence: Evidence): Promise<Finding[]> {
  if (evidence.pid === undefined) return [];
  return [...findSharedMemory(evidence), ...(await findThrottling(evidence, evidence.pid))];
}

function findSharedMemory({ root, record }: Evidence): Finding[] {
  const { blocks, bfree, bsize } = statfsSync(join(root, 'dev/shm'));
  if (record.spec.ipcMode === 'host' || blocks === 0 || 1 - bfree / blocks < FULL) return [];
  return [
    {
      code: 'SHM-FULL',
      text: `its /dev/shm of ${formatBinaryBytes(blocks * bsize)} is full`,
      fix: 'give it more: --shm-size 256m',
    },
  ];
}

async function findThrottling({ context, record }: Evidence, pid: number): Promise<Finding[]> {
  const { throttling } = await context.runtime.stats(record.id, pid);
  const share = throttling.throttledPeriods / throttling.periods;
  if (throttling.periods < ENOUGH || share < OFTEN) return [];
  return [
    {
      code: 'CPU-THROTTLED',
      text: `its limit of processor time stopped it in ${Math.round(share * 100)} % of the time slices since its start`,
      fix: 'raise --cpus',
    },
  ];
}

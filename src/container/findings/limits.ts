import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { formatBinaryBytes } from '../../lib/bytes.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

const FULL = 0.95;
const OFTEN = 0.25;
/** Periods of the scheduler that say something, a tenth of a second each. */
const ENOUGH = 50;

/** HEAP-LIMIT, SHM-FULL, CPU-THROTTLED: limits that a container has come to, or will. */
export async function findLimits(evidence: Evidence): Promise<Finding[]> {
  const heap = findHeap(evidence);
  if (evidence.pid === undefined) return heap;
  return [...heap, ...findSharedMemory(evidence), ...(await findThrottling(evidence, evidence.pid))];
}

const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A heap that may grow beyond the limit of memory ends by a kill where it should be collected. */
function findHeap({ record: { spec } }: Evidence): Finding[] {
  const { memory } = spec.resources;
  if (!memory) return [];
  const text = [...spec.env, ...spec.entrypoint, ...spec.cmd].join('\n');
  for (const [word, java, unit = '', node] of text.matchAll(
    /-Xmx(\d+)([kmg]?)|--max-old-space-size=(\d+)/gi,
  )) {
    const size =
      node === undefined ? Number(java) * (UNITS[unit.toLowerCase()] ?? 1) : Number(node) * 2 ** 20;
    if (size <= memory) continue;
    return [
      {
        code: 'HEAP-LIMIT',
        text: `${word} lets its heap grow beyond the limit of its memory, ${formatBinaryBytes(memory)}`,
        fix: 'leave a quarter of the memory for what is not heap, or raise --memory',
      },
    ];
  }
  return [];
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

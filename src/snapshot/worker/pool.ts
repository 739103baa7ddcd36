import { releaseFreeMemory } from '../../kernel/memory.ts';
import { WorkerPool } from '../../lib/worker-pool.ts';
import type { jobs } from './jobs.ts';

export type LayerWorkers = WorkerPool<typeof jobs>;

const MAX_LANES = 32;
/** A thread takes a moment to end. */
const RELEASE_MS = 200;

export function openLayerWorkers(): LayerWorkers {
  return new WorkerPool(new URL('./main.ts', import.meta.url), MAX_LANES, {
    onEmpty: () => setTimeout(releaseFreeMemory, RELEASE_MS).unref(),
  });
}

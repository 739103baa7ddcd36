import type { Resources } from '../../runtime/types.ts';

/** Why limits can't be changed in this way while others stay, in Docker's words. */
export function updateConflict(had: Resources, wanted: Resources): string | undefined {
  const { memory = 0, memorySwap } = wanted;
  const hadSwap = had.memorySwap ?? 2 * (had.memory ?? 0);
  if (memory !== 0 && memorySwap === undefined && memory > hadSwap)
    return 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time';
  const late = (what: string, already: string): string =>
    `Conflicting options: ${what} cannot be updated as ${already} has already been set`;
  if (wanted.nanoCpus && had.cpuPeriod) return late('Nano CPUs', 'CPU Period');
  if (wanted.nanoCpus && had.cpuQuota) return late('Nano CPUs', 'CPU Quota');
  if (wanted.cpuQuota && had.nanoCpus) return late('CPU Quota', 'NanoCPUs');
  return wanted.cpuPeriod && had.nanoCpus ? late('CPU Period', 'NanoCPUs') : undefined;
}

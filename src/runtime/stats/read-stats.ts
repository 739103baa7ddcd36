import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { CgroupHierarchy } from '../cgroup/hierarchy.ts';
import type { RuntimeStats } from '../types.ts';
import { readNetworks } from './networks.ts';
import { readGroupV1 } from './v1.ts';
import { readGroupV2 } from './v2.ts';

/** The part of the statistics that the cgroup trees tell. Limits are infinite when there is none. */
export type GroupStats = Omit<
  RuntimeStats,
  'readAt' | 'systemCpu' | 'onlineCpus' | 'networks' | 'pidsLimit'
> & {
  readonly pidsLimit: number;
};

/** The kernel counts processor time of the whole host in hundredths of a second. */
const tick = 1e7;

/** One look at what a container uses. `pid` is any process in its network namespace. */
export function readStats(cgroups: CgroupHierarchy, path: string, pid: number): RuntimeStats {
  const group = cgroups.version === 2 ? readGroupV2(cgroups, path) : readGroupV1(cgroups, path);
  return {
    readAt: new Date(),
    ...group,
    memoryLimit: Math.min(group.memoryLimit, totalmem()),
    pidsLimit: Number.isFinite(group.pidsLimit) ? group.pidsLimit : 0,
    ...hostCpu(),
    networks: readNetworks(pid),
  };
}

/** All time that all processors spent, idle included, as Docker sums it. */
function hostCpu(): { systemCpu: number; onlineCpus: number } {
  const lines = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = (lines[0] ?? '').split(/\s+/).slice(1, 8).map(Number);
  return {
    systemCpu: fields.reduce((sum, field) => sum + field, 0) * tick,
    onlineCpus: lines.filter((line) => /^cpu\d/.test(line)).length,
  };
}

import { join } from 'node:path';
import { type CgroupHierarchy, readGroupFile, readGroupNumber, readGroupTable } from '../cgroup/hierarchy.ts';
import type { RuntimeStats } from '../types.ts';
import type { GroupStats } from './read-stats.ts';

/** cpuacct.stat counts in hundredths of a second. */
const tick = 1e7;

export function readGroupV1(cgroups: CgroupHierarchy, path: string): GroupStats {
  const file = (controller: string, name: string): string => join(cgroups.directory(path, controller), name);
  const time = readGroupTable(file('cpuacct', 'cpuacct.stat'));
  const throttling = readGroupTable(file('cpu', 'cpu.stat'));
  return {
    cpuTotal: readGroupNumber(file('cpuacct', 'cpuacct.usage')) ?? 0,
    cpuUser: (time['user'] ?? 0) * tick,
    cpuSystem: (time['system'] ?? 0) * tick,
    throttling: {
      periods: throttling['nr_periods'] ?? 0,
      throttledPeriods: throttling['nr_throttled'] ?? 0,
      throttledTime: throttling['throttled_time'] ?? 0,
    },
    memoryUsage: readGroupNumber(file('memory', 'memory.usage_in_bytes')) ?? 0,
    memoryLimit: readGroupNumber(file('memory', 'memory.limit_in_bytes')) ?? Number.POSITIVE_INFINITY,
    memoryStat: readGroupTable(file('memory', 'memory.stat')),
    pids: readGroupNumber(file('pids', 'pids.current')) ?? 0,
    pidsLimit: readGroupNumber(file('pids', 'pids.max')) ?? Number.POSITIVE_INFINITY,
    blockIo: readBlockIo(cgroups.directory(path, 'blkio')),
  };
}

/** Lines of `8:0 Read 4096`. Which file counts depends on the I/O scheduler. */
function readBlockIo(directory: string): RuntimeStats['blockIo'] {
  const names = ['blkio.bfq.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes_recursive'];
  const text = names.map((name) => readGroupFile(join(directory, name)) ?? '').find(hasNumbers) ?? '';
  return [...text.matchAll(/^(\d+):(\d+) (Read|Write) (\d+)$/gm)].map(([, major, minor, op, bytes]) => ({
    major: Number(major),
    minor: Number(minor),
    op: op === 'Read' ? 'read' : 'write',
    bytes: Number(bytes),
  }));
}

const hasNumbers = (text: string): boolean => /^\d+:/m.test(text);

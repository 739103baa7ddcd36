import { join } from 'node:path';
import { type CgroupHierarchy, readGroupFile, readGroupNumber, readGroupTable } from '../cgroup/hierarchy.ts';
import type { BlockIo } from '../types.ts';
import type { GroupStats } from './read-stats.ts';

/** cpuacct.stat counts in hundredths of a second. */
const tick = 1e7;

export function readGroupV1(cgroups: CgroupHierarchy, path: string): GroupStats {
  const file = (controller: string, name: string): string => join(cgroups.directory(path, controller), name);
  const time = readGroupTable(file('cpuacct', 'cpuacct.stat'));
  const throttling = readGroupTable(file('cpu', 'cpu.stat'));
  return {
    cpuTotal: readGroupNumber(file('cpuacct', 'cpuacct.usage')) ?? 0,
    cpuByProcessor: (readGroupFile(file('cpuacct', 'cpuacct.usage_percpu')) ?? '')
      .trim()
      .split(/\s+/)
      .map(Number),
    cpuUser: (time['user'] ?? 0) * tick,
    cpuSystem: (time['system'] ?? 0) * tick,
    throttling: {
      periods: throttling['nr_periods'] ?? 0,
      throttledPeriods: throttling['nr_throttled'] ?? 0,
      throttledTime: throttling['throttled_time'] ?? 0,
    },
    memoryUsage: readGroupNumber(file('memory', 'memory.usage_in_bytes')) ?? 0,
    memoryMaxUsage: readGroupNumber(file('memory', 'memory.max_usage_in_bytes')) ?? 0,
    memoryLimit: readGroupNumber(file('memory', 'memory.limit_in_bytes')) ?? Number.POSITIVE_INFINITY,
    memoryStat: readGroupTable(file('memory', 'memory.stat')),
    pids: readGroupNumber(file('pids', 'pids.current')) ?? 0,
    pidsLimit: readGroupNumber(file('pids', 'pids.max')) ?? Number.POSITIVE_INFINITY,
    blockIo: readBlockIo(cgroups.directory(path, 'blkio'), 'io_service_bytes_recursive'),
    blockOperations: readBlockIo(cgroups.directory(path, 'blkio'), 'io_serviced_recursive'),
  };
}

/** Which file counts depends on the I/O scheduler. */
function readBlockIo(directory: string, name: string): BlockIo[] {
  const names = [`blkio.bfq.${name}`, `blkio.throttle.${name}`];
  const texts = names.map((file) => readGroupFile(join(directory, file)) ?? '');
  return parseBlockIoV1(texts.find(hasNumbers) ?? '');
}

/** Lines of `8:0 Read 4096`. */
export function parseBlockIoV1(text: string): BlockIo[] {
  const lines = text.matchAll(/^(\d+):(\d+) (Read|Write|Sync|Async|Discard|Total) (\d+)$/gm);
  return [...lines].map(([, major, minor, op = '', count]) => ({
    major: Number(major),
    minor: Number(minor),
    op: op.toLowerCase() as BlockIo['op'],
    count: Number(count),
  }));
}

const hasNumbers = (text: string): boolean => /^\d+:/m.test(text);

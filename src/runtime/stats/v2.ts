import { join } from 'node:path';
import { type CgroupHierarchy, readGroupFile, readGroupNumber, readGroupTable } from '../cgroup/hierarchy.ts';
import type { BlockIo } from '../types.ts';
import type { GroupStats } from './read-stats.ts';

const microsecond = 1000;

export function readGroupV2(cgroups: CgroupHierarchy, path: string): GroupStats {
  const file = (name: string): string => join(cgroups.directory(path, ''), name);
  const cpu = readGroupTable(file('cpu.stat'));
  return {
    cpuTotal: (cpu['usage_usec'] ?? 0) * microsecond,
    cpuUser: (cpu['user_usec'] ?? 0) * microsecond,
    cpuSystem: (cpu['system_usec'] ?? 0) * microsecond,
    throttling: {
      periods: cpu['nr_periods'] ?? 0,
      throttledPeriods: cpu['nr_throttled'] ?? 0,
      throttledTime: (cpu['throttled_usec'] ?? 0) * microsecond,
    },
    memoryUsage: readGroupNumber(file('memory.current')) ?? 0,
    memoryLimit: readGroupNumber(file('memory.max')) ?? Number.POSITIVE_INFINITY,
    memoryStat: readGroupTable(file('memory.stat')),
    pids: readGroupNumber(file('pids.current')) ?? 0,
    pidsLimit: readGroupNumber(file('pids.max')) ?? Number.POSITIVE_INFINITY,
    blockIo: parseBlockIo(readGroupFile(file('io.stat')) ?? ''),
  };
}

/** Lines of `8:0 rbytes=4096 wbytes=0 rios=1 …`. */
export function parseBlockIo(text: string): BlockIo[] {
  return [...text.matchAll(/^(\d+):(\d+) (.*)$/gm)].flatMap(([, major, minor, rest = '']) => {
    const device = { major: Number(major), minor: Number(minor) };
    const bytes = (name: string): number => Number(new RegExp(`\\b${name}=(\\d+)`).exec(rest)?.[1] ?? 0);
    return [
      { ...device, op: 'read' as const, count: bytes('rbytes') },
      { ...device, op: 'write' as const, count: bytes('wbytes') },
    ];
  });
}

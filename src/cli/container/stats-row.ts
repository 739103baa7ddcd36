import { formatBinaryBytes, formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { ContainerStats } from '../../wire/container.ts';
import type { Columns } from '../format/table.ts';

const percent = (value: number): string => `${value.toFixed(2)}%`;

/** Share of one CPU since the reading before, in percent: 200 is two whole CPUs. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: ContainerStats): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const system = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  return system > 0 && used > 0 ? (used / system) * (now.online_cpus || 1) * 100 : 0;
}

/** Memory without the page cache that the kernel can take back, as Docker counts it. */
function memory({ memory_stats: { usage = 0, stats = {} } }: ContainerStats): number {
  const cache = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0;
  return cache < usage ? usage - cache : usage;
}

const sum = (stats: ContainerStats, key: 'rx_bytes' | 'tx_bytes'): number =>
  Object.values(stats.networks ?? {}).reduce((total, network) => total + network[key], 0);

const blocks = (stats: ContainerStats, op: string): number =>
  (stats.blkio_stats['io_service_bytes_recursive'] ?? [])
    .filter((entry) => entry.op.toLowerCase() === op)
    .reduce((total, entry) => total + entry.value, 0);

export const statsColumns: Columns<ContainerStats> = {
  BlockIO: [
    'BLOCK I/O',
    (stats) => `${formatBytes(blocks(stats, 'read'))} / ${formatBytes(blocks(stats, 'write'))}`,
  ],
  CPUPerc: ['CPU %', (stats) => percent(cpuPercent(stats))],
  Container: ['CONTAINER', ({ id }) => id],
  ID: ['CONTAINER ID', ({ id }) => shortId(id)],
  MemPerc: [
    'MEM %',
    (stats) => percent(stats.memory_stats.limit ? (memory(stats) / stats.memory_stats.limit) * 100 : 0),
  ],
  MemUsage: [
    'MEM USAGE / LIMIT',
    (stats) => `${formatBinaryBytes(memory(stats))} / ${formatBinaryBytes(stats.memory_stats.limit ?? 0)}`,
  ],
  Name: ['NAME', ({ name }) => name.replace(/^\//, '')],
  NetIO: [
    'NET I/O',
    (stats) => `${formatBytes(sum(stats, 'rx_bytes'))} / ${formatBytes(sum(stats, 'tx_bytes'))}`,
  ],
  PIDs: ['PIDS', ({ pids_stats: { current = 0 } }) => String(current)],
};

/** With `--no-trunc`. */
export const wholeStatsColumns: Columns<ContainerStats> = {
  ...statsColumns,
  ID: ['CONTAINER ID', ({ id }) => id],
};

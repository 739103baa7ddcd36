import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { ResourcesConfig, Ulimit } from '../../wire/container.ts';
import { checked, given, int, parsed, text, type Values } from '../flags.ts';

const bytes = (help: string, short?: string) => checked(text(help, short, 'bytes'), parseBytes);

/** Flags of limits that a container is created with and that `update` changes. */
export const limitFlags = {
  'blkio-weight': int(
    'Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)',
    undefined,
    'uint16',
  ),
  'cpu-period': int('Limit CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-rt-period': int('Limit CPU real-time period in microseconds'),
  'cpu-rt-runtime': int('Limit CPU real-time runtime in microseconds'),
  'cpu-shares': int('CPU shares (relative weight)', 'c'),
  cpus: checked(text('Number of CPUs', undefined, 'decimal'), parseNanoCpus),
  'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
  memory: bytes('Memory limit', 'm'),
  'memory-reservation': bytes('Memory soft limit'),
  'memory-swap': checked(
    text("Swap limit equal to memory plus swap: '-1' to enable unlimited swap", undefined, 'bytes'),
    parseSwap,
  ),
  'pids-limit': int('Tune container pids limit (set -1 for unlimited)'),
} as const;

/** The limits that were given; the others are left out. */
export function limits(flags: Values<typeof limitFlags>): ResourcesConfig {
  return {
    ...given('BlkioWeight', flags['blkio-weight']),
    ...given('CpuPeriod', flags['cpu-period']),
    ...given('CpuQuota', flags['cpu-quota']),
    ...given('CpuRealtimePeriod', flags['cpu-rt-period']),
    ...given('CpuRealtimeRuntime', flags['cpu-rt-runtime']),
    ...given('CpuShares', flags['cpu-shares']),
    ...given('NanoCpus', parsed(flags.cpus, parseNanoCpus)),
    ...given('CpusetCpus', flags['cpuset-cpus']),
    ...given('CpusetMems', flags['cpuset-mems']),
    ...given('Memory', parsed(flags.memory, parseBytes)),
    ...given('MemoryReservation', parsed(flags['memory-reservation'], parseBytes)),
    ...given('MemorySwap', parsed(flags['memory-swap'], parseSwap)),
    ...given('PidsLimit', flags['pids-limit']),
  };
}

function parseNanoCpus(value: string): number {
  const cpus = /^\d*\.?\d*$/.test(value) ? Number(value || 'x') : NaN;
  if (Number.isNaN(cpus)) throw invalid(`failed to parse ${value} as a rational number`);
  return Math.round(cpus * 1e9);
}

/** A limit of memory and swap together: `-1` is none. */
export function parseSwap(value: string): number {
  return value === '-1' ? -1 : parseBytes(value);
}

const ULIMITS =
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack';

/** `nofile=1024`, `nofile=1024:2048`. */
export function parseUlimit(spec: string): Ulimit {
  const match = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(spec);
  if (!match) throw invalid(`invalid ulimit argument: ${spec}`);
  const [, name = '', soft = '0', hard = soft] = match;
  if (!ULIMITS.split(' ').includes(name)) throw invalid(`invalid ulimit type: ${name}`);
  if (Number(hard) !== -1 && (Number(soft) > Number(hard) || Number(soft) === -1))
    throw invalid(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  return { Name: name, Soft: Number(soft), Hard: Number(hard) };
}

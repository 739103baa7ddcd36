import { setTimeout as sleep } from 'node:timers/promises';
import { invalid } from '../lib/errors.ts';
import type { BlockIo, RuntimeStats } from '../runtime/types.ts';
import type { BlkioEntry, ContainerStats } from '../wire/container.ts';
import { type Answer, type Call, json, param, stream } from './call.ts';
import type { Engine } from './engine.ts';
import { queryBool } from './query.ts';
import { ZERO_TIME } from './timestamp.ts';

const INTERVAL = 1000;

/** GET /containers/{id}/stats: a sample a second, or one (which needs two readings unless `one-shot`). */
export async function stats(call: Call, engine: Engine): Promise<Answer> {
  const { id, name } = engine.containers.get(param(call, 'id'));
  const read = (): Promise<RuntimeStats | undefined> => engine.containers.stats(id);
  const view = (now: RuntimeStats | undefined, before: RuntimeStats | undefined): ContainerStats => ({
    ...statsView({ id, name }, now, before, engine.facts.cgroupVersion),
    ...(call.version >= 52 && { os_type: 'linux' }),
  });
  const isStream = queryBool(call.query, 'stream', true);
  if (isStream && queryBool(call.query, 'one-shot'))
    throw invalid('cannot have stream=true and one-shot=true');
  if (isStream) return stream(samples(read, view, call.signal), 'application/json');
  if (queryBool(call.query, 'one-shot')) return json(view(await read(), undefined));
  const before = await read();
  if (before) await sleep(INTERVAL, undefined, { signal: call.signal });
  return json(view(await read(), before));
}

/** Ends when the client leaves or the container is removed. */
async function* samples(
  read: () => Promise<RuntimeStats | undefined>,
  view: (now: RuntimeStats | undefined, before: RuntimeStats | undefined) => ContainerStats,
  signal: AbortSignal,
): AsyncIterable<string> {
  let before: RuntimeStats | undefined;
  while (!signal.aborted) {
    let now: RuntimeStats | undefined;
    try {
      now = await read();
    } catch {
      return;
    }
    yield `${JSON.stringify(view(now, before))}\n`;
    before = now;
    await sleep(INTERVAL, undefined, { signal }).catch(() => {});
  }
}

/** Docker's form of a reading; of a container that does not run, zeros. */
export function statsView(
  container: { id: string; name: string },
  now: RuntimeStats | undefined,
  before: RuntimeStats | undefined,
  cgroupVersion: 1 | 2,
): ContainerStats {
  return {
    name: `/${container.name}`,
    id: container.id,
    read: now?.readAt.toISOString() ?? ZERO_TIME,
    preread: before?.readAt.toISOString() ?? ZERO_TIME,
    num_procs: 0,
    pids_stats: now ? { current: now.pids, ...(now.pidsLimit > 0 && { limit: now.pidsLimit }) } : {},
    cpu_stats: cpu(now),
    precpu_stats: cpu(before),
    memory_stats: now ? memory(now) : {},
    blkio_stats: blockIo(now, cgroupVersion),
    ...(now && Object.keys(now.networks).length > 0 && { networks: networks(now) }),
    storage_stats: {},
  };
}

function memory(reading: RuntimeStats): ContainerStats['memory_stats'] {
  const { memoryUsage, memoryMaxUsage, memoryStat, memoryLimit } = reading;
  return {
    usage: memoryUsage,
    ...(memoryMaxUsage !== undefined && { max_usage: memoryMaxUsage }),
    stats: { ...memoryStat },
    limit: memoryLimit,
  };
}

function cpu(reading: RuntimeStats | undefined): ContainerStats['cpu_stats'] {
  return {
    cpu_usage: {
      total_usage: reading?.cpuTotal ?? 0,
      ...(reading?.cpuByProcessor && { percpu_usage: [...reading.cpuByProcessor] }),
      usage_in_kernelmode: reading?.cpuSystem ?? 0,
      usage_in_usermode: reading?.cpuUser ?? 0,
    },
    ...(reading && { system_cpu_usage: reading.systemCpu, online_cpus: reading.onlineCpus }),
    throttling_data: {
      periods: reading?.throttling.periods ?? 0,
      throttled_periods: reading?.throttling.throttledPeriods ?? 0,
      throttled_time: reading?.throttling.throttledTime ?? 0,
    },
  };
}

function blockIo(reading: RuntimeStats | undefined, cgroupVersion: 1 | 2): ContainerStats['blkio_stats'] {
  const nameOf = (op: string): string =>
    cgroupVersion === 1 ? op.replace(/^./, (letter) => letter.toUpperCase()) : op;
  const entries = (list: readonly BlockIo[] | undefined): BlkioEntry[] | undefined =>
    list?.map(({ major, minor, op, count }) => ({ major, minor, op: nameOf(op), value: count }));
  const others = reading && cgroupVersion === 1 ? [] : null;
  return {
    io_service_bytes_recursive: entries(reading?.blockIo) ?? null,
    io_serviced_recursive: entries(reading?.blockOperations) ?? null,
    io_queue_recursive: others,
    io_service_time_recursive: others,
    io_wait_time_recursive: others,
    io_merged_recursive: others,
    io_time_recursive: others,
    sectors_recursive: others,
  };
}

function networks(reading: RuntimeStats): NonNullable<ContainerStats['networks']> {
  return Object.fromEntries(
    Object.entries(reading.networks).map(([name, count]) => [
      name,
      {
        rx_bytes: count.rxBytes,
        rx_packets: count.rxPackets,
        rx_errors: count.rxErrors,
        rx_dropped: count.rxDropped,
        tx_bytes: count.txBytes,
        tx_packets: count.txPackets,
        tx_errors: count.txErrors,
        tx_dropped: count.txDropped,
      },
    ]),
  );
}

import { parseBytes } from '../../lib/bytes.ts';
import type { HostConfig } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { int, text } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';
import { restartPolicy } from './create-body.ts';

export const command = defineCommand({
  summary: 'Update configuration of one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    'cpu-period': int('Limit CPU CFS (Completely Fair Scheduler) period'),
    'cpu-quota': int('Limit CPU CFS (Completely Fair Scheduler) quota'),
    'cpu-shares': int('CPU shares (relative weight)', 'c'),
    cpus: text('Number of CPUs', undefined, 'decimal'),
    'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
    'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
    memory: text('Memory limit', 'm', 'bytes'),
    'memory-reservation': text('Memory soft limit', undefined, 'bytes'),
    'memory-swap': text(
      "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
      undefined,
      'bytes',
    ),
    'pids-limit': int('Tune container pids limit (set -1 for unlimited)'),
    restart: text('Restart policy to apply when a container exits'),
  },
  args: { min: 1 },
  async run(context, flags, names) {
    const swap = flags['memory-swap'];
    const body: HostConfig = Object.fromEntries(
      Object.entries({
        CpuPeriod: flags['cpu-period'],
        CpuQuota: flags['cpu-quota'],
        CpuShares: flags['cpu-shares'],
        NanoCpus: flags.cpus === undefined ? undefined : Math.round(Number(flags.cpus) * 1e9),
        CpusetCpus: flags['cpuset-cpus'],
        CpusetMems: flags['cpuset-mems'],
        Memory: flags.memory === undefined ? undefined : parseBytes(flags.memory),
        MemoryReservation:
          flags['memory-reservation'] === undefined ? undefined : parseBytes(flags['memory-reservation']),
        MemorySwap: swap === undefined ? undefined : swap === '-1' ? -1 : parseBytes(swap),
        PidsLimit: flags['pids-limit'],
        RestartPolicy: flags.restart === undefined ? undefined : restartPolicy(flags.restart),
      }).filter(([, value]) => value !== undefined),
    );
    return forEachTarget(context, names, async (name) => {
      const { Warnings } = await context.client.containers.update(name, body);
      for (const warning of Warnings ?? []) context.err.write(`${warning}\n`);
    });
  },
});

import { availableParallelism } from 'node:os';
import { invalid } from '../lib/errors.ts';
import type { DeviceRate, Resources } from '../runtime/types.ts';
import type { ResourcesConfig, ThrottleDevice } from '../wire/container.ts';
import { defined } from './defined.ts';

/**
 * Limits as the runtime takes them; what is 0 or absent is not asked for. What the kernel can't do at all is dropped later with a
 * warning, so ranges are checked there. Throws Docker's texts.
 */
export function resourceLimits(wire: ResourcesConfig): Resources {
  checkCpu(wire);
  return defined({
    ...memoryLimits(wire),
    ...cpuLimits(wire),
    ...blockIoLimits(wire),
    pidsLimit: pids(wire),
  });
}

/** What `update` may change. There 0 and below take a limit on processes away; a new container has none by default. */
export function updatedLimits(wire: ResourcesConfig, version: number): Resources {
  checkCpu(wire);
  const limit = version < 40 ? undefined : wire.PidsLimit;
  const pidsLimit = typeof limit !== 'number' ? undefined : limit <= 0 ? -1 : limit;
  const {
    kernelMemoryTcp: _fixed,
    memorySwappiness: _alsoFixed,
    oomKillDisable: _too,
    ...memory
  } = memoryLimits(wire);
  return defined({ ...memory, ...cpuLimits(wire), blkioWeight: wire.BlkioWeight || undefined, pidsLimit });
}

const pids = ({ PidsLimit: limit }: ResourcesConfig): number | undefined =>
  typeof limit === 'number' && limit > 0 ? limit : undefined;

function memoryLimits(wire: ResourcesConfig) {
  return {
    memory: wire.Memory || undefined,
    memorySwap: wire.MemorySwap || undefined,
    memoryReservation: wire.MemoryReservation || undefined,
    memorySwappiness: wire.MemorySwappiness === -1 ? undefined : (wire.MemorySwappiness ?? undefined),
    oomKillDisable: wire.OomKillDisable || undefined,
    kernelMemoryTcp: wire.KernelMemoryTCP || undefined,
  };
}

function cpuLimits(wire: ResourcesConfig) {
  return {
    cpuShares: wire.CpuShares || undefined,
    nanoCpus: wire.NanoCpus || undefined,
    cpuQuota: wire.CpuQuota || undefined,
    cpuPeriod: wire.CpuPeriod || undefined,
    cpuRealtimePeriod: wire.CpuRealtimePeriod || undefined,
    cpuRealtimeRuntime: wire.CpuRealtimeRuntime || undefined,
    cpusetCpus: wire.CpusetCpus || undefined,
    cpusetMems: wire.CpusetMems || undefined,
  };
}

function blockIoLimits(wire: ResourcesConfig) {
  return {
    blkioWeight: wire.BlkioWeight || undefined,
    blkioWeightDevices: wire.BlkioWeightDevice?.map(({ Path = '', Weight = 0 }) => ({
      path: Path,
      weight: Weight,
    })),
    readBps: rates(wire.BlkioDeviceReadBps),
    writeBps: rates(wire.BlkioDeviceWriteBps),
    readIops: rates(wire.BlkioDeviceReadIOps),
    writeIops: rates(wire.BlkioDeviceWriteIOps),
  };
}

const rates = (devices: ThrottleDevice[] | null | undefined): DeviceRate[] | undefined =>
  devices?.map(({ Path = '', Rate = 0 }) => ({ path: Path, rate: Rate }));

function checkCpu(wire: ResourcesConfig): void {
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0 } = wire;
  if (nano && period) throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (nano && quota) throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  const cpus = availableParallelism();
  if (nano < 0 || nano > cpus * 1e9) {
    throw invalid(
      `range of CPUs is from 0.01 to ${cpus.toFixed(2)}, as there are only ${cpus} CPUs available`,
    );
  }
  if (wire.IOMaximumBandwidth)
    throw invalid('invalid option: QoS maximum bandwidth configuration is not supported on linux');
  if (wire.IOMaximumIOps)
    throw invalid('invalid option: QoS maximum IOPs configuration is not supported on linux');
}

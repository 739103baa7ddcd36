import { availableParallelism } from 'node:os';
import { invalid } from '../lib/errors.ts';
import type { Resources } from '../runtime/types.ts';
import type { ResourcesConfig } from '../wire/container.ts';
import { defined } from './defined.ts';

const MIN_MEMORY = 6 << 20;
/** The period that `NanoCpus` is expressed in. */
export const CPU_PERIOD = 100_000;

/** Limits as the runtime takes them; what is 0 or absent is not asked for. Throws Docker's texts. */
export function resourceLimits(wire: ResourcesConfig): Resources {
  checkMemory(wire);
  checkCpu(wire);
  if (wire.BlkioWeight && (wire.BlkioWeight < 10 || wire.BlkioWeight > 1000))
    throw invalid('Range of blkio weight is from 10 to 1000');
  const nanoCpus = wire.NanoCpus || undefined;
  return defined({
    memory: wire.Memory || undefined,
    memorySwap: wire.MemorySwap || undefined,
    memoryReservation: wire.MemoryReservation || undefined,
    memorySwappiness: wire.MemorySwappiness === -1 ? undefined : (wire.MemorySwappiness ?? undefined),
    oomKillDisable: wire.OomKillDisable || undefined,
    cpuShares: wire.CpuShares || undefined,
    cpuQuota: nanoCpus ? Math.floor((nanoCpus * CPU_PERIOD) / 1e9) : wire.CpuQuota || undefined,
    cpuPeriod: nanoCpus ? CPU_PERIOD : wire.CpuPeriod || undefined,
    cpusetCpus: wire.CpusetCpus || undefined,
    cpusetMems: wire.CpusetMems || undefined,
    pidsLimit: wire.PidsLimit || undefined,
    blkioWeight: wire.BlkioWeight || undefined,
  });
}

function checkMemory(wire: ResourcesConfig): void {
  const { Memory: memory = 0, MemorySwap: swap = 0, MemoryReservation: reservation = 0 } = wire;
  const swappiness = wire.MemorySwappiness ?? -1;
  if (memory < 0 || reservation < 0) throw invalid('memory limits cannot be negative');
  if (memory > 0 && memory < MIN_MEMORY) throw invalid('Minimum memory limit allowed is 6MB');
  if (memory > 0 && swap > 0 && swap < memory)
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memory === 0 && swap > 0)
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (swap < -1) throw invalid('memoryswap limit must be -1 (unlimited), 0 or positive');
  if (swappiness < -1 || swappiness > 100)
    throw invalid(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  if (reservation > 0 && reservation < MIN_MEMORY) throw invalid('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && reservation > memory)
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
}

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
  if (period && (period < 1000 || period > 1_000_000))
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (quota > 0 && quota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if ((wire.CpuShares ?? 0) < 0) throw invalid('CPU shares cannot be negative');
}

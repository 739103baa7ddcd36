import type { SpecDeviceRule, SpecResources } from '../../oci/runtime-spec.ts';
import type { Resources } from '../types.ts';
import { makeBlockIo } from './block-io.ts';
import type { HostFacts } from './host-facts.ts';

/** Microseconds of the period that a number of CPUs is expressed in. */
const CPUS_PERIOD = 100_000;

type LimitFacts = Pick<HostFacts, 'cgroupVersion' | 'swapLimit' | 'blkioWeight'>;

/** Without a word on swap a new container may use as much of it as of memory; that is twice the limit for the sum of both. */
export function withDefaultSwap(resources: Resources): Resources {
  return resources.memory && !resources.memorySwap
    ? { ...resources, memorySwap: resources.memory * 2 }
    : resources;
}

/** Limits as the OCI runtime wants them. What this kernel can't limit is left out, as Docker does after its warning. */
export function makeResources(
  resources: Resources,
  host: LimitFacts,
  devices?: readonly SpecDeviceRule[],
): SpecResources {
  const memory = makeMemory(resources, host);
  const cpu = makeCpu(resources);
  const blockIO = makeBlockIo(resources, host);
  return {
    ...(devices && { devices }),
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(resources.pidsLimit && { pids: { limit: resources.pidsLimit } }),
    ...(Object.keys(blockIO).length > 0 && { blockIO }),
  };
}

function makeMemory(resources: Resources, host: LimitFacts): NonNullable<SpecResources['memory']> {
  const { memory, memorySwap, memoryReservation, memorySwappiness, kernelMemoryTcp } = resources;
  return {
    ...(memory && { limit: memory }),
    ...(memoryReservation && { reservation: memoryReservation }),
    ...(memorySwap && host.swapLimit && { swap: memorySwap }),
    ...(host.cgroupVersion === 1 && kernelMemoryTcp && { kernelTCP: kernelMemoryTcp }),
    ...(host.cgroupVersion === 1 &&
      memorySwappiness !== undefined &&
      memorySwappiness >= 0 && { swappiness: memorySwappiness }),
    ...(host.cgroupVersion === 1 && resources.oomKillDisable && { disableOOMKiller: true }),
  };
}

function makeCpu(resources: Resources): NonNullable<SpecResources['cpu']> {
  const { cpuShares, nanoCpus, cpusetCpus, cpusetMems } = resources;
  const cpuPeriod = nanoCpus ? CPUS_PERIOD : resources.cpuPeriod;
  const cpuQuota = nanoCpus ? Math.floor((nanoCpus * CPUS_PERIOD) / 1e9) : resources.cpuQuota;
  const { cpuRealtimeRuntime, cpuRealtimePeriod } = resources;
  return {
    ...(cpuShares && { shares: cpuShares }),
    ...(cpuQuota && { quota: cpuQuota }),
    ...(cpuPeriod && { period: cpuPeriod }),
    ...(cpuRealtimeRuntime && { realtimeRuntime: cpuRealtimeRuntime }),
    ...(cpuRealtimePeriod && { realtimePeriod: cpuRealtimePeriod }),
    ...(cpusetCpus && { cpus: cpusetCpus }),
    ...(cpusetMems && { mems: cpusetMems }),
  };
}

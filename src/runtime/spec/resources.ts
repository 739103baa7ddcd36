import type { SpecDeviceRule, SpecResources } from '../../oci/runtime-spec.ts';
import type { Resources } from '../types.ts';
import type { HostFacts } from './host-facts.ts';

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
  return {
    ...(devices && { devices }),
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(resources.pidsLimit && { pids: { limit: resources.pidsLimit } }),
    ...(resources.blkioWeight && host.blkioWeight && { blockIO: { weight: resources.blkioWeight } }),
  };
}

function makeMemory(resources: Resources, host: LimitFacts): NonNullable<SpecResources['memory']> {
  const { memory, memorySwap, memoryReservation, memorySwappiness } = resources;
  return {
    ...(memory && { limit: memory }),
    ...(memoryReservation && { reservation: memoryReservation }),
    ...(memorySwap && host.swapLimit && { swap: memorySwap }),
    ...(host.cgroupVersion === 1 &&
      memorySwappiness !== undefined &&
      memorySwappiness >= 0 && { swappiness: memorySwappiness }),
    ...(host.cgroupVersion === 1 && resources.oomKillDisable && { disableOOMKiller: true }),
  };
}

function makeCpu(resources: Resources): NonNullable<SpecResources['cpu']> {
  const { cpuShares, cpuQuota, cpuPeriod, cpusetCpus, cpusetMems } = resources;
  return {
    ...(cpuShares && { shares: cpuShares }),
    ...(cpuQuota && { quota: cpuQuota }),
    ...(cpuPeriod && { period: cpuPeriod }),
    ...(cpusetCpus && { cpus: cpusetCpus }),
    ...(cpusetMems && { mems: cpusetMems }),
  };
}

import type { SpecDeviceRule, SpecResources } from '../../oci/runtime-spec.ts';
import type { Resources } from '../types.ts';
import type { HostFacts } from './host-facts.ts';

type LimitFacts = Pick<HostFacts, 'cgroupVersion' | 'swapLimit' | 'blkioWeight'>;

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

/** Without a word on swap a container may use as much of it as of memory; that is twice the limit for the sum of both. */
function makeMemory(resources: Resources, host: LimitFacts): NonNullable<SpecResources['memory']> {
  const { memory, memoryReservation, memorySwappiness } = resources;
  const swap = resources.memorySwap || (memory ? memory * 2 : 0);
  return {
    ...(memory && { limit: memory }),
    ...(memoryReservation && { reservation: memoryReservation }),
    ...(swap !== 0 && host.swapLimit && { swap }),
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

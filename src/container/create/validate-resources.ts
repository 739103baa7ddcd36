import { invalid } from '../../lib/errors.ts';
import type { Resources } from '../../runtime/types.ts';
import { checkCpuset } from './host-cpus.ts';

const LEAST_MEMORY = 6 << 20;

/** Checks limits as Docker does; absent and 0 mean unlimited. An update has only what changes. */
export function checkResources(resources: Resources, options: { isUpdate?: boolean } = {}): void {
  checkMemory(resources, options.isUpdate ?? false);
  checkCpu(resources);
  const { blkioWeight = 0 } = resources;
  if (blkioWeight !== 0 && (blkioWeight < 10 || blkioWeight > 1000))
    throw invalid('Range of blkio weight is from 10 to 1000');
}

function checkMemory(resources: Resources, isUpdate: boolean): void {
  const { memory = 0, memorySwap = 0, memoryReservation = 0, memorySwappiness = -1 } = resources;
  if (memory !== 0 && memory < LEAST_MEMORY) throw invalid('Minimum memory limit allowed is 6MB');
  if (memory > 0 && memorySwap > 0 && memorySwap < memory)
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memory === 0 && memorySwap > 0 && !isUpdate)
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (memoryReservation !== 0 && memoryReservation < LEAST_MEMORY)
    throw invalid('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && memoryReservation > memory)
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  if (memorySwappiness < -1 || memorySwappiness > 100)
    throw invalid(`Invalid value: ${memorySwappiness}, valid memory swappiness range is 0-100`);
}

function checkCpu(resources: Resources): void {
  const { cpuPeriod = 0, cpuQuota = 0, cpuShares = 0 } = resources;
  const { cpuRealtimePeriod = 0, cpuRealtimeRuntime = 0 } = resources;
  if (cpuPeriod !== 0 && (cpuPeriod < 1000 || cpuPeriod > 1_000_000))
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (cpuQuota > 0 && cpuQuota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (cpuShares < 0) throw invalid(`invalid CPU shares (${cpuShares}): value must be a positive integer`);
  if (cpuRealtimePeriod !== 0 && cpuRealtimeRuntime > cpuRealtimePeriod)
    throw invalid('cpu real-time runtime cannot be higher than cpu real-time period');
  if (resources.cpusetCpus) checkCpuset('cpus', resources.cpusetCpus);
  if (resources.cpusetMems) checkCpuset('mems', resources.cpusetMems);
}

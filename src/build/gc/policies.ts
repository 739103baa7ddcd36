import { statfsSync } from 'node:fs';
import type { DiskSpace, GcPolicy, GcSettings } from './types.ts';

const HOUR = 3_600_000;
const GIGABYTE = 1e9;
/** Of the space for the cache, what may be used by that which is quickly made again. */
const QUICK_SHARE = Math.E * Math.PI * ((1 + Math.sqrt(5)) / 2);
const LEAST_QUICK = 512e6;

/** The policies that settings make, with Docker's default values for this disk. None when collection is off. */
export function gcPolicies(settings: GcSettings, disk: DiskSpace): readonly GcPolicy[] {
  if (!settings.enabled) return [];
  if (settings.policies) return settings.policies;
  const limits = limitsOf(settings, disk);
  const reserved = limits.reservedSpace ?? 0;
  const quick = Math.max(LEAST_QUICK, Math.round((reserved / 100) * QUICK_SHARE));
  return [
    {
      all: false,
      filters: ['type==source.local,type==exec.cachemount,type==source.git.checkout'],
      keepDuration: 48 * HOUR,
      maxUsedSpace: quick,
    },
    { all: false, keepDuration: 60 * 24 * HOUR, ...limits },
    { all: false, ...limits },
    { all: true, ...limits },
  ];
}

function limitsOf({ reservedSpace, maxUsedSpace, minFreeSpace }: GcSettings, disk: DiskSpace) {
  if (reservedSpace === undefined && maxUsedSpace === undefined && minFreeSpace === undefined)
    return {
      reservedSpace: partOf(disk, 10),
      maxUsedSpace: partOf(disk, 80),
      minFreeSpace: partOf(disk, 20),
    };
  return {
    ...(reservedSpace !== undefined && { reservedSpace }),
    ...(maxUsedSpace !== undefined && { maxUsedSpace }),
    ...(minFreeSpace !== undefined && { minFreeSpace }),
  };
}

/** Rounded up to whole gigabytes, as BuildKit rounds. */
const partOf = ({ total }: DiskSpace, percent: number): number =>
  (Math.floor((total * percent) / 100 / 2 ** 30) + 1) * GIGABYTE;

export function diskSpace(path: string): DiskSpace {
  const { blocks, bavail, bsize } = statfsSync(path);
  return { total: blocks * bsize, free: bavail * bsize };
}

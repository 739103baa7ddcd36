import type { DiskUsageAnswer, DiskUsageTotals, UsageTotals } from '../wire/system.ts';

/** The shape since API 1.52: totals of each kind, and what they are the totals of only for `verbose`. Kinds that were not asked for are left out. */
export function usageTotals(usage: DiskUsageAnswer, verbose: boolean): DiskUsageTotals {
  const { Images: images, Containers: containers, Volumes: volumes, BuildCache: cache } = usage;
  return {
    ...(images && { ImageUsage: withItems(imageTotals(images, usage.LayersSize), images, verbose) }),
    ...(containers && { ContainerUsage: withItems(containerTotals(containers), containers, verbose) }),
    ...(volumes && { VolumeUsage: withItems(volumeTotals(volumes), volumes, verbose) }),
    ...(cache && { BuildCacheUsage: withItems(cacheTotals(cache), cache, verbose) }),
  };
}

function withItems<T>(
  totals: UsageTotals,
  items: readonly T[],
  verbose: boolean,
): UsageTotals & { Items?: T[] } {
  return { ...totals, ...(verbose && items.length > 0 && { Items: [...items] }) };
}

const sum = <T>(items: readonly T[], size: (item: T) => number): number =>
  items.reduce((total, item) => total + Math.max(0, size(item)), 0);

/** What unused images have for themselves could be had back. */
function imageTotals(images: NonNullable<DiskUsageAnswer['Images']>, layersSize: number): UsageTotals {
  const used = images.filter(({ Containers }) => Containers > 0);
  return {
    ActiveCount: used.length,
    TotalCount: images.length,
    Reclaimable: Math.max(0, layersSize - sum(used, ({ Size, SharedSize }) => Size - SharedSize)),
    TotalSize: layersSize,
  };
}

function containerTotals(containers: NonNullable<DiskUsageAnswer['Containers']>): UsageTotals {
  const isActive = ({ State }: { State: string }): boolean =>
    ['running', 'paused', 'restarting'].includes(State);
  return {
    ActiveCount: containers.filter(isActive).length,
    TotalCount: containers.length,
    Reclaimable: sum(
      containers.filter((container) => !isActive(container)),
      ({ SizeRw }) => SizeRw ?? 0,
    ),
    TotalSize: sum(containers, ({ SizeRw }) => SizeRw ?? 0),
  };
}

function volumeTotals(volumes: NonNullable<DiskUsageAnswer['Volumes']>): UsageTotals {
  const isActive = ({ UsageData }: (typeof volumes)[number]): boolean => (UsageData?.RefCount ?? 0) > 0;
  return {
    ActiveCount: volumes.filter(isActive).length,
    TotalCount: volumes.length,
    Reclaimable: sum(
      volumes.filter((volume) => !isActive(volume)),
      ({ UsageData }) => UsageData?.Size ?? 0,
    ),
    TotalSize: sum(volumes, ({ UsageData }) => UsageData?.Size ?? 0),
  };
}

/** Records that several share count for none of them. */
function cacheTotals(cache: NonNullable<DiskUsageAnswer['BuildCache']>): UsageTotals {
  const own = cache.filter(({ Shared }) => !Shared);
  return {
    ActiveCount: cache.filter(({ InUse }) => InUse).length,
    TotalCount: cache.length,
    Reclaimable: sum(
      own.filter(({ InUse }) => !InUse),
      ({ Size }) => Size,
    ),
    TotalSize: sum(own, ({ Size }) => Size),
  };
}

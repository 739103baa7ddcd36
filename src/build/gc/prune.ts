import type { BuildParts } from '../build-parts.ts';
import { type CacheItem, cacheItems, toUsage } from './cache-items.ts';
import { chooseItems } from './choose-items.ts';
import { cacheFilter } from './filter.ts';
import { diskSpace } from './policies.ts';
import type { CacheUsage, Pruning } from './types.ts';

export async function cacheUsage(parts: BuildParts, filters: readonly string[] = []): Promise<CacheUsage[]> {
  const isMeant = cacheFilter(filters);
  return (await cacheItems(parts)).filter(isMeant).map(toUsage);
}

/** Removes what is meant, and then the layers that nothing has any more; with `sweep` also what outputs left that went nowhere. */
export async function prune(
  parts: BuildParts,
  pruning: Pruning,
  sweep = true,
): Promise<{ readonly deleted: readonly CacheUsage[]; readonly freed: number }> {
  const disk = diskSpace(parts.services.paths.build);
  const chosen = chooseItems(await cacheItems(parts), pruning, { now: Date.now(), disk });
  let freed = 0;
  for (const item of chosen) freed += await item.remove();
  if (sweep || chosen.some(({ type }) => type === 'regular')) {
    const { records } = parts.solver;
    freed += await parts.images.collect((layer) => records.holdsLayer(layer));
  }
  return { deleted: chosen.map(freedBy), freed };
}

/** What images have is not freed. */
const freedBy = (item: CacheItem): CacheUsage => ({ ...toUsage(item), ...(item.isInImage && { size: 0 }) });

import { cacheFilter } from './filter.ts';
import type { CacheUsage, DiskSpace, Pruning } from './types.ts';

/** Something in the cache, as far as it matters for what goes. */
export interface Candidate extends CacheUsage {
  /** What has its bytes: items of one body need them once. Undefined: its own. */
  readonly body?: string;
  /** An image has its bytes: to remove it frees nothing. */
  readonly isInImage: boolean;
}

/** What is to be removed, in that order: used longest ago first, and of what was used together what was made last. */
export function chooseItems<T extends Candidate>(
  items: readonly T[],
  pruning: Pruning,
  { now, disk }: { readonly now: number; readonly disk: DiskSpace },
): T[] {
  const { all, keepDuration = 0 } = pruning;
  const isMeant = cacheFilter(pruning.filters ?? []);
  const isLimited = hasLimits(pruning);
  const candidates = items
    .filter((item) => !item.inUse && isMeant(item))
    .filter((item) => !item.isInImage || (all && !isLimited))
    .filter(({ lastUsedAt }) => now - lastUsedAt.getTime() >= keepDuration)
    .toSorted(byUse);
  if (!isLimited) return candidates;
  const bodies = new Bodies(items);
  const keep = bytesToKeep(pruning, bodies.total, disk);
  const chosen: T[] = [];
  for (const item of candidates) {
    if (bodies.total <= keep) break;
    bodies.drop(item);
    chosen.push(item);
  }
  return chosen;
}

export const hasLimits = ({ reservedSpace = 0, maxUsedSpace = 0, minFreeSpace = 0 }: Pruning): boolean =>
  reservedSpace + maxUsedSpace + minFreeSpace > 0;

/** As BuildKit has it: at most `maxUsedSpace`, less where the disk is too full, but never less than `reservedSpace`. */
function bytesToKeep(
  { reservedSpace = 0, maxUsedSpace = 0, minFreeSpace = 0 }: Pruning,
  total: number,
  { free }: DiskSpace,
): number {
  const most = maxUsedSpace > 0 ? maxUsedSpace : minFreeSpace > 0 ? Infinity : 0;
  const excess = minFreeSpace - free;
  return Math.max(excess > 0 ? Math.min(most, total - excess) : most, reservedSpace);
}

function byUse(left: CacheUsage, right: CacheUsage): number {
  return (
    left.lastUsedAt.getTime() - right.lastUsedAt.getTime() ||
    left.usageCount - right.usageCount ||
    right.createdAt.getTime() - left.createdAt.getTime()
  );
}

/** Bytes that only the cache has. */
class Bodies {
  total = 0;
  private readonly users = new Map<string, number>();

  constructor(items: readonly Candidate[]) {
    for (const item of items) {
      const users = this.users.get(bodyOf(item)) ?? 0;
      if (users === 0 && !item.isInImage) this.total += item.size;
      this.users.set(bodyOf(item), users + 1);
    }
  }

  drop(item: Candidate): void {
    const users = (this.users.get(bodyOf(item)) ?? 1) - 1;
    this.users.set(bodyOf(item), users);
    if (users === 0 && !item.isInImage) this.total -= item.size;
  }
}

const bodyOf = ({ body, id }: Candidate): string => body ?? `own ${id}`;

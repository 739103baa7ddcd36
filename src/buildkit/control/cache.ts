import type { CacheUsage, GcPolicy, Pruning } from '../../build/gc/types.ts';
import type { BuildKitContext } from '../context.ts';
import type { Timestamp } from '../message-types.ts';
import { timestamp } from '../status/timestamp.ts';

export interface UsageRecord {
  ID: string;
  Mutable: boolean;
  InUse: boolean;
  Size: number;
  CreatedAt: Timestamp;
  LastUsedAt: Timestamp;
  UsageCount: number;
  Description: string;
  RecordType: string;
  Shared: boolean;
  Parents: string[];
}

/** Times in nanoseconds, spaces in bytes; 0 = none. */
export interface PruneRequest {
  filter: string[];
  all: boolean;
  keepDuration: number;
  reservedSpace: number;
  maxUsedSpace: number;
  minFreeSpace: number;
}

export async function diskUsage(
  { builder }: BuildKitContext,
  filters: readonly string[],
): Promise<UsageRecord[]> {
  return (await builder.cacheUsage(filters)).map(toRecord);
}

/** Tells each record that went. */
export async function* prune(
  { builder }: BuildKitContext,
  request: PruneRequest,
): AsyncGenerator<UsageRecord> {
  const { deleted } = await builder.prune(toPruning(request));
  for (const item of deleted) yield toRecord(item);
}

const toPruning = ({ filter, all, keepDuration, ...limits }: PruneRequest): Pruning => ({
  all,
  filters: filter,
  keepDuration: keepDuration / 1e6,
  ...limits,
});

/** Policies as clients are told of them. */
export const toPolicy = ({
  all,
  filters = [],
  keepDuration = 0,
  ...limits
}: GcPolicy): PruneRequest & {
  filters: readonly string[];
} => ({
  all,
  filter: [],
  filters,
  keepDuration: Math.round(keepDuration * 1e6),
  reservedSpace: limits.reservedSpace ?? 0,
  maxUsedSpace: limits.maxUsedSpace ?? 0,
  minFreeSpace: limits.minFreeSpace ?? 0,
});

function toRecord(item: CacheUsage): UsageRecord {
  return {
    ID: item.id,
    Mutable: item.mutable,
    InUse: item.inUse,
    Size: item.size,
    CreatedAt: timestamp(item.createdAt.getTime()),
    LastUsedAt: timestamp(item.lastUsedAt.getTime()),
    UsageCount: item.usageCount,
    Description: item.description,
    RecordType: item.type,
    Shared: item.shared,
    Parents: [...item.parents],
  };
}

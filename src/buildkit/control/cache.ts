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
}

export interface PruneRequest {
  filter: string[];
  all: boolean;
  keepDuration: number;
  reservedSpace: number;
  maxUsedSpace: number;
  minFreeSpace: number;
}

export async function diskUsage({ builder }: BuildKitContext): Promise<Partial<UsageRecord>[]> {
  const records = await builder.cacheUsage();
  return records.map(({ id, description, size, inUse, createdAt, lastUsedAt, usageCount }) => ({
    ID: id,
    InUse: inUse,
    Size: size,
    CreatedAt: timestamp(createdAt.getTime()),
    LastUsedAt: timestamp(lastUsedAt.getTime()),
    UsageCount: usageCount,
    Description: description,
    RecordType: 'regular',
  }));
}

/** Tells each record that went. */
export async function* prune(
  context: BuildKitContext,
  { all, reservedSpace }: PruneRequest,
): AsyncGenerator<Partial<UsageRecord>> {
  const before = await diskUsage(context);
  const { deleted } = await context.builder.prune({
    all,
    ...(reservedSpace > 0 && { keepStorage: reservedSpace }),
  });
  const gone = new Set(deleted);
  for (const record of before) if (gone.has(record.ID ?? '')) yield record;
}

/** The kinds of things in the cache, as BuildKit names them. */
export type CacheItemType =
  | 'regular'
  | 'source.local'
  | 'source.git.checkout'
  | 'source.http'
  | 'exec.cachemount';

/** One thing in the cache, as people see it. */
export interface CacheUsage {
  readonly id: string;
  readonly type: CacheItemType;
  readonly description: string;
  /** Bytes on disk. */
  readonly size: number;
  /** By a build under way. */
  readonly inUse: boolean;
  /** Its bytes are those of an image or of another record, too. */
  readonly shared: boolean;
  /** Its content changes when it is used. */
  readonly mutable: boolean;
  /** Ids of what it was made from. */
  readonly parents: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly usageCount: number;
}

/** What is to be removed. Without limits everything that is meant; with limits so much of it, the ones used longest ago first, that they are kept. */
export interface Pruning {
  /** Also what images have, too. */
  readonly all: boolean;
  /** Expressions such as `type==regular,id~=abc`; one of them must hold. */
  readonly filters?: readonly string[];
  /** Milliseconds: what was used since then stays. */
  readonly keepDuration?: number;
  /** Bytes that the cache may always have. */
  readonly reservedSpace?: number;
  /** Bytes that it may not have more than. */
  readonly maxUsedSpace?: number;
  /** Bytes that should be free on the disk. */
  readonly minFreeSpace?: number;
}

/** What is done by itself after builds: all of these, in order. */
export type GcPolicy = Pruning;

/** What users set of that (`builder.gc` in Docker's daemon.json). Spaces in bytes. */
export interface GcSettings {
  readonly enabled: boolean;
  /** Instead of the default ones. */
  readonly policies?: readonly GcPolicy[];
  readonly reservedSpace?: number;
  readonly maxUsedSpace?: number;
  readonly minFreeSpace?: number;
}

export interface DiskSpace {
  readonly total: number;
  readonly free: number;
}

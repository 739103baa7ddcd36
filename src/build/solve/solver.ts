import { availableParallelism } from 'node:os';
import { Semaphore } from '../../lib/semaphore.ts';
import type { Digest } from '../../oci/digest.ts';
import type { BuildPlan, Vertex } from '../plan/types.ts';
import type { CacheRecords } from './records.ts';
import { SharedRuns } from './shared-runs.ts';
import { Solution } from './solution.ts';
import type { Operations, OperationEvent } from './types.ts';
import type { BuildGroup, CacheDecision } from '../types.ts';

/** What a solution tells about a step; `step` is its index in the plan. */
export type SolveEvent =
  | {
      readonly type: 'started';
      readonly step: number;
      readonly cache: CacheDecision;
      readonly key?: string;
    }
  | { readonly type: 'told'; readonly step: number; readonly event: OperationEvent }
  | {
      readonly type: 'ended';
      readonly step: number;
      readonly milliseconds: number;
      readonly error?: unknown;
    };

export interface SolveOptions {
  readonly operations: Operations;
  readonly noCache: boolean;
  /** Stages that are built anew, by name. */
  readonly noCacheStages?: readonly string[];
  /** The builds that this is one of. */
  readonly group?: BuildGroup;
  /** What is built, by name or place: only records of the same are compared to say why a step ran. */
  readonly lineage: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: SolveEvent) => void;
  /** Work on the side, such as a look at all sources: its failure ends the build. */
  readonly early?: Promise<unknown>;
  /** What other engines did. */
  readonly imported?: ImportedRecords;
  /** Hears of each key of an instruction that only changes the config. */
  readonly onMetadata?: (key: string) => void;
  /** Keeps a layer from collection until the build has ended. */
  readonly hold: (layer: Digest) => void;
}

export interface ImportedRecord {
  readonly layer: Digest;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly milliseconds: number;
  readonly warnings?: readonly string[];
}

/** Results of other engines. */
export interface ImportedRecords {
  find(key: string): ImportedRecord | undefined;
  hasMetadata(key: string): boolean;
}

/** What a vertex gave. */
export interface Solved {
  readonly layers: readonly Digest[];
  /** Of the layer that it added; undefined for an image. */
  readonly createdAt?: Date;
  readonly wasCached: boolean;
  readonly key: string;
}

/** Solves plans: takes from the cache what is known, does the rest, independent parts at the same time, equal parts once. */
export class Solver {
  readonly records: CacheRecords;
  readonly runs = new SharedRuns();
  private readonly solutions = new Set<Solution>();
  /** Steps at work at the same time, over all builds: more than there are processors, as a start of a container waits a lot. */
  readonly lanes: Semaphore;

  constructor(records: CacheRecords, parallel: number = Math.max(4, 2 * availableParallelism())) {
    this.records = records;
    this.lanes = new Semaphore(parallel);
  }

  /** Whether a build under way took a record. */
  isUsing(key: string): boolean {
    return this.solutions.values().some((solution) => solution.usesKey(key));
  }

  /** Solves all stages of a plan. The first failure aborts the rest and is thrown when all have ended. */
  solve(plan: BuildPlan, options: SolveOptions): Promise<ReadonlyMap<Vertex, Solved>> {
    const solution = new Solution(this, plan, options);
    this.solutions.add(solution);
    return solution.run().finally(() => this.solutions.delete(solution));
  }
}

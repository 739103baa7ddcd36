import type { Digest } from '../../oci/digest.ts';
import type { CacheDecision } from '../types.ts';

/** A step of a build that is over or under way. */
export interface RecordedStep {
  readonly index: number;
  /** The instruction as written. */
  readonly name: string;
  readonly stage: string;
  readonly line: number;
  /** Undefined when its turn never came. */
  readonly cache?: CacheDecision;
  readonly milliseconds?: number;
  readonly error?: string;
}

/** One build, as it is remembered. */
export interface BuildRecord {
  readonly id: string;
  /** What was built: a tag, a directory, or ''. */
  readonly lineage: string;
  /** Name of the Dockerfile. */
  readonly dockerfile: string;
  readonly target: string;
  readonly startedAt: Date;
  /** Undefined while it runs. */
  readonly endedAt?: Date;
  readonly imageId?: Digest;
  readonly error?: string;
  readonly steps: readonly RecordedStep[];
}

import type { Digest } from '../../oci/digest.ts';
import type { ExecOp } from '../plan/types.ts';

/** What a failed RUN left, kept so that somebody may look around in it: the last one of each lineage. */
export interface FailedStep {
  readonly buildId: string;
  readonly lineage: string;
  /** The file system as the command left it: its last layer is what the command wrote. */
  readonly layers: readonly Digest[];
  /** How the command was run. */
  readonly op: ExecOp;
  /** The directory of the context; undefined when a client sent it. */
  readonly contextDir?: string;
  /** The instruction as written. */
  readonly step: string;
  readonly stage: string;
  readonly line: number;
  readonly exitCode: number;
  /** Bytes that the command wrote. */
  readonly size: number;
  readonly createdAt: Date;
}

/** A mount of a failed step as another container can have it. */
export type FailedMount =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'tmpfs'; readonly target: string };

/** How a shell in what a failed step left has to be run. */
export interface FailedPlace extends FailedStep {
  readonly mounts: readonly FailedMount[];
  /** Mounts that are not there any more, in words. */
  readonly missing: readonly string[];
}

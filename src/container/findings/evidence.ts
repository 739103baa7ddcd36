import type { EngineEvent } from '../../events/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import type { Finding } from '../types.ts';

/** What is known of a container when it is looked at. */
export interface Evidence {
  readonly context: Context;
  readonly record: ContainerRecord;
  /** Its file system with all mounts, as a directory of the host. */
  readonly root: string;
  /** Of its first process, while it runs. */
  readonly pid: number | undefined;
  /** Events around its last end, oldest first; none while it runs. */
  readonly events: readonly EngineEvent[];
  /** The last lines that it printed. */
  readonly lines: readonly string[];
}

/** Looks for mistakes of one kind. What it says has to be so: it says nothing where it can't know. */
export type Diagnosis = (evidence: Evidence) => Promise<Finding[]> | Finding[];

import { notFound } from '../../lib/errors.ts';
import type { ExecHandle } from '../../runtime/types.ts';
import type { ExecSpec } from '../types.ts';

/** How long the exit code of an exec can be asked for. */
const KEPT_MILLISECONDS = 5 * 60_000;

/** The same when its container is gone: whoever waited for its end asks at once. */
const KEPT_WITHOUT_CONTAINER = 1000;

export interface ExecRecord {
  readonly id: string;
  readonly containerId: string;
  readonly spec: ExecSpec;
  status: 'created' | 'running' | 'exited';
  exitCode: number | null;
  endedAt: number;
  handle: ExecHandle | undefined;
  /** Its container was removed. */
  isOrphan: boolean;
}

/** Execs of the runs that go on. They live in memory: an exec does not outlive the engine's interest in it. */
export class ExecStore {
  private readonly records = new Map<string, ExecRecord>();

  add(id: string, containerId: string, spec: ExecSpec): void {
    this.sweep();
    this.records.set(id, {
      id,
      containerId,
      spec,
      status: 'created',
      exitCode: null,
      endedAt: 0,
      handle: undefined,
      isOrphan: false,
    });
  }

  get(id: string): ExecRecord {
    const record = this.records.get(id);
    if (!record || isForgotten(record)) throw notFound(`No such exec instance: ${id}`);
    return record;
  }

  /** Those of a container that have not ended. */
  idsOf(containerId: string): string[] {
    return [...this.records.values()]
      .filter((record) => record.containerId === containerId && record.status !== 'exited')
      .map(({ id }) => id);
  }

  end(record: ExecRecord, exitCode: number): void {
    record.status = 'exited';
    record.exitCode = exitCode;
    record.endedAt = Date.now();
  }

  /** A run is over: what was never started goes with it; what ran tells its exit code for a while. */
  endRun(containerId: string): void {
    for (const record of this.records.values())
      if (record.containerId === containerId && record.status === 'created') this.records.delete(record.id);
  }

  /** The container is gone. */
  orphan(containerId: string): void {
    for (const record of this.records.values())
      if (record.containerId === containerId) record.isOrphan = true;
  }

  private sweep(): void {
    for (const record of this.records.values()) if (isForgotten(record)) this.records.delete(record.id);
  }
}

function isForgotten({ status, endedAt, isOrphan }: ExecRecord): boolean {
  if (status !== 'exited') return false;
  return endedAt < Date.now() - (isOrphan ? KEPT_WITHOUT_CONTAINER : KEPT_MILLISECONDS);
}

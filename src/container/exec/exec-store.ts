import { notFound } from '../../lib/errors.ts';
import type { ExecHandle } from '../../runtime/types.ts';
import type { ExecSpec } from '../types.ts';

/** How long the exit code of an exec can be asked for. */
const KEPT_MILLISECONDS = 5 * 60_000;

export interface ExecRecord {
  readonly id: string;
  readonly containerId: string;
  readonly spec: ExecSpec;
  status: 'created' | 'running' | 'exited';
  exitCode: number | null;
  endedAt: number;
  handle: ExecHandle | undefined;
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
    });
  }

  get(id: string): ExecRecord {
    const record = this.records.get(id);
    if (!record) throw notFound(`No such exec instance: ${id}`);
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
  removeAll(containerId: string): void {
    for (const record of this.records.values())
      if (record.containerId === containerId) this.records.delete(record.id);
  }

  private sweep(): void {
    const oldest = Date.now() - KEPT_MILLISECONDS;
    for (const record of this.records.values())
      if (record.status === 'exited' && record.endedAt < oldest) this.records.delete(record.id);
  }
}

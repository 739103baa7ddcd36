import type { Step } from '../plan/types.ts';
import type { CacheDecision } from '../types.ts';
import type { SolveEvent } from './solver.ts';

/** Tells how the steps of a build go. */
export class StepEvents {
  private readonly onEvent: (event: SolveEvent) => void;

  constructor(onEvent: (event: SolveEvent) => void) {
    this.onEvent = onEvent;
  }

  /** `key` is the same for steps that give the same result. */
  started({ index }: Step, cache: CacheDecision, key?: string): void {
    this.onEvent({ type: 'started', step: index, cache, ...(key !== undefined && { key }) });
  }

  ended({ index }: Step, milliseconds: number, error?: unknown): void {
    this.onEvent({ type: 'ended', step: index, milliseconds, ...(error !== undefined && { error }) });
  }

  /** A step whose result was there, with what was told of it when it was made. */
  known(step: Step, key?: string, warnings: readonly string[] = []): void {
    this.started(step, { hit: true }, key);
    for (const message of warnings)
      this.onEvent({ type: 'told', step: step.index, event: { type: 'warning', message } });
    this.ended(step, 0);
  }
}

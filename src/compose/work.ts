import type { Client } from '../client/client.ts';
import type { Semaphore } from '../lib/semaphore.ts';
import type { Project } from './model/types.ts';
import { type ComposeProgress, type Report, reported } from './progress.ts';

/** What all steps that bring a project to a state share. */
export interface Work {
  readonly client: Client;
  readonly project: Project;
  readonly report: Report;
  /** Bounds how much the engine is asked for at once. */
  readonly slots: Semaphore;
  readonly signal?: AbortSignal;
  /** Nothing is done, so there is nothing to wait for. */
  readonly dryRun?: boolean;
}

/** How much the engine is asked for at once where nobody says anything else. */
export const AT_ONCE = 16;

/** Asks the engine for something when there is a slot, and reports it. */
export const step = <T>(
  { report, slots, signal }: Work,
  kind: ComposeProgress['kind'],
  name: string,
  [doing, done]: readonly [doing: string, done: string],
  action: () => Promise<T>,
): Promise<T> => slots.run(() => reported(report, kind, name, doing, done, action), signal ? { signal } : {});

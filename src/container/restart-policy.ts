import type { ContainerRecord } from './container-record.ts';
import type { RestartPolicy } from './types.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run that lasted this long was none of a series of failures. */
const STEADY_AFTER = 10_000;

export interface FinishedRun {
  readonly policy: RestartPolicy;
  readonly exitCode: number;
  /** A user stopped it. */
  readonly manuallyStopped: boolean;
  /** A user ended just this run. */
  readonly cancelled: boolean;
  /** Restarts by policy so far. */
  readonly restartCount: number;
  /** Milliseconds that the last restart waited; 0 = none yet. */
  readonly lastDelay: number;
  readonly ranFor: number;
}

/** Milliseconds after which a container whose run ended is started again; undefined = not at all. Docker's rules and back-off. */
export function restartDelay(run: FinishedRun): number | undefined {
  if (run.cancelled || !wantsRestart(run)) return undefined;
  if (run.ranFor >= STEADY_AFTER || run.lastDelay === 0) return FIRST_DELAY;
  return Math.min(run.lastDelay * 2, LONGEST_DELAY);
}

export function wantsRestart(
  run: Pick<FinishedRun, 'policy' | 'exitCode' | 'manuallyStopped' | 'restartCount'>,
): boolean {
  const { policy } = run;
  switch (policy.name) {
    case 'no':
      return false;
    case 'always':
      return true;
    case 'unless-stopped':
      return !run.manuallyStopped;
    case 'on-failure': {
      const isExhausted = policy.maximumRetryCount > 0 && run.restartCount >= policy.maximumRetryCount;
      return run.exitCode !== 0 && !isExhausted;
    }
  }
}

/** Forgets a restart that waits for its time. */
export function cancelRestart(record: ContainerRecord): void {
  clearTimeout(record.pendingRestart?.timer);
  record.pendingRestart = undefined;
}

import { constants } from 'node:os';

/** The exit code of what a signal ended, as a shell counts it: 128+n. */
export function signalExitCode(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? constants.signals.SIGKILL : constants.signals[signal]);
}

import { hasCode } from '../lib/errors.ts';

/** Sends a signal to a process that may have ended meanwhile. */
export function signalProcess(pid: number, signal: number | NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

export const killProcess = (pid: number): void => signalProcess(pid, 'SIGKILL');

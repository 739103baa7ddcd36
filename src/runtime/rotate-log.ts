import { existsSync, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, internal } from '../lib/errors.ts';
import { reopenLog } from './conmon/control.ts';

const patience = 2000;

/**
 * Renames the log and has the monitor go on in a new file at the old path. Resolves when the new file is there: from then on the
 * renamed one does not grow. Without a monitor (the container ended) it only renames.
 */
export async function rotateLog(bundle: string, logPath: string, to: string): Promise<void> {
  renameSync(logPath, to);
  try {
    reopenLog(bundle);
  } catch (error) {
    if (hasCode(error, 'ENXIO', 'ENOENT')) return;
    renameSync(to, logPath);
    throw error;
  }
  for (let waited = 0; !existsSync(logPath); waited += 2) {
    if (waited > patience) throw internal(`The monitor did not open a new log at ${logPath}`);
    await delay(2);
  }
}

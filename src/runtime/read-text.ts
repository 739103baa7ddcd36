import { readFileSync } from 'node:fs';
import { hasCode } from '../lib/errors.ts';

/** The number that a pid file holds. */
export function readPid(path: string): number | undefined {
  const pid = Number(readText(path));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Text of a file that may not be there, or whose process may have ended. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../../lib/errors.ts';
import type { CgroupHierarchy } from './hierarchy.ts';
import { childGroups } from './processes.ts';

/**
 * Removes a group and those below it from all trees. It must be empty; the kernel may call it busy for a moment after its last
 * process ended, which is waited for. Throws EBUSY when it stays so for about eight seconds.
 */
export async function removeCgroups(cgroups: CgroupHierarchy, path: string): Promise<void> {
  let left = cgroups.directories(path);
  for (let wait = 1; ; wait *= 2) {
    left = left.filter((directory) => !removeTree(directory, wait > 4096));
    if (left.length === 0) return;
    await delay(wait);
  }
}

/** True when it is gone. The common case is one rmdir per tree. */
function removeTree(directory: string, last: boolean): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return true;
    if (last || !hasCode(error, 'EBUSY', 'ENOTEMPTY')) throw error;
  }
  for (const name of childGroups(directory)) removeTree(join(directory, name), false);
  return false;
}

import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';

const SMALL = 100;

/** Removes a directory and what is in it: a small one at once, a large one by `rm`, which leaves the event loop alone. */
export async function removeTree(path: string): Promise<void> {
  try {
    if (removeSmall(path, { left: SMALL })) return;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, 'ENOTDIR')) throw error;
  }
  await exec('rm', ['-rf', '--one-file-system', '--', path]);
}

/** False when there is more than it may remove, or names that are no text: the rest is left. */
function removeSmall(path: string, allowed: { left: number }): boolean {
  const entries = readdirSync(path, { withFileTypes: true });
  allowed.left -= entries.length;
  if (allowed.left < 0) return false;
  for (const entry of entries) {
    if (entry.name.includes('\uFFFD')) return false;
    const child = join(path, entry.name);
    if (!entry.isDirectory()) unlinkSync(child);
    else if (!removeSmall(child, allowed)) return false;
  }
  rmdirSync(path);
  return true;
}

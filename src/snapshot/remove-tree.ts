import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';

const SMALL = 100;

/** Removes a directory and what is in it: a small one at once, a large one by `rm`, which leaves the event loop alone. */
export async function removeTree(path: string): Promise<void> {
  if (isSmall(path)) rmSync(path, { recursive: true, force: true });
  else await exec('rm', ['-rf', '--one-file-system', '--', path]);
}

/** Counts entries only as far as needed. */
function isSmall(path: string): boolean {
  let left = SMALL;
  const visit = (directory: string): boolean => {
    const entries = readdirSync(directory, { withFileTypes: true, encoding: 'buffer' });
    left -= entries.length + 1;
    if (left < 0) return false;
    return entries.every(
      (it) => !it.isDirectory() || (isText(it.name) && visit(join(directory, it.name.toString()))),
    );
  };
  try {
    return !lstatSync(path).isDirectory() || visit(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}

const isText = (name: Buffer): boolean => name.equals(Buffer.from(name.toString()));

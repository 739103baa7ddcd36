import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';

/*
 * $XDG_CACHE_HOME/lading/compose/
 *   <commit>/      the files of a commit
 *   <digest>/      the files of an artifact: compose.yaml, and what it extends
 *   .new-…/        one that is being fetched
 */

/** The folder of copies that are kept, each under the digest of what it is a copy of. */
export const copiesFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lading', 'compose');

/** The copy of that name; where there is none, `fill` makes it, and it is there whole or not at all. */
export async function keepCopy(
  folder: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const directory = mkdtempSync(join(folder, '.new-'));
  try {
    await fill(directory);
    renameSync(directory, path);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    // somebody else was quicker
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
  }
  return path;
}

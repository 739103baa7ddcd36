import { chmod, chown, lstat, readdir } from 'node:fs/promises';
import { hasCode } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';

/**
 * Gives an empty volume what the image has at the path it is mounted on: Docker's copy-up. Owners, modes, times and xattrs are
 * kept, symlinks stay symlinks. A volume that has anything in it is left as it is, as is a file
 * in a volume; a source that is no directory is ignored.
 */
export async function copyUp(source: string, target: string): Promise<void> {
  const stat = await statDirectory(source);
  if (!stat || !(await isEmptyDirectory(target))) return;
  if ((await readdir(source)).length > 0) {
    // the trailing `/.` copies the directory's own owner and mode too
    await exec('cp', ['--archive', '--sparse=auto', '--', `${source}/.`, target]);
    return;
  }
  await chown(target, stat.uid, stat.gid);
  await chmod(target, stat.mode & 0o7777);
}

async function isEmptyDirectory(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

async function statDirectory(path: string): Promise<{ uid: number; gid: number; mode: number } | undefined> {
  try {
    const stat = await lstat(path);
    return stat.isDirectory() ? stat : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

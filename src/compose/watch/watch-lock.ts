import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EngineError, hasCode } from '../../lib/errors.ts';

/**
 * Says that this process watches a project, where Docker's Compose says and looks for it, too. Throws when another one does; released,
 * it leaves nothing.
 */
export function lockWatch(project: string, env: Readonly<Record<string, string | undefined>>): Disposable {
  const folder = env['XDG_RUNTIME_DIR'] || join(homedir(), '.docker', 'docker-compose');
  const file = join(folder, `${project}.pid`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const other = ownerOf(file);
  if (other !== undefined)
    throw new EngineError(
      'conflict',
      `cannot take exclusive lock for project ${JSON.stringify(project)}: process with PID ${other} is still running`,
    );
  rmSync(file, { force: true }); // of one that was killed
  writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o644 });
  return {
    [Symbol.dispose]: () => {
      if (ownerOf(file) === process.pid) rmSync(file, { force: true });
    },
  };
}

/** The process that a file names, as long as it lives. */
function ownerOf(file: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(file, 'utf8'));
    if (!(pid > 0)) return undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return undefined;
    if (!hasCode(error, 'EPERM')) throw error; // somebody else's lives all the same
  }
  return pid;
}

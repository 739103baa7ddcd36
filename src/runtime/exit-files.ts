import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../lib/atomic-file.ts';
import { hasCode, messageOf } from '../lib/errors.ts';
import { shortId } from '../lib/id.ts';
import { oomKills } from './cgroup/processes.ts';
import { monitorFiles } from './conmon/launch.ts';
import type { RuntimeContext } from './context.ts';
import type { ExitStatus } from './types.ts';

/** A container as far as its exit file needs it. */
export interface ExitSource {
  readonly id: string;
  readonly bundle: string;
  readonly cgroup: string;
}

/** What conmon left of a container that ended (decimal code, written by rename); undefined while there is nothing. */
export function readExit(context: RuntimeContext, source: ExitSource): ExitStatus | undefined {
  const path = join(context.exitsDir, source.id);
  try {
    const code = Number.parseInt(readFileSync(path, 'utf8'), 10);
    if (!Number.isInteger(code)) return undefined;
    return { code: code & 0xff, oomKilled: wasOomKilled(context, source), at: statSync(path).mtime };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Records an exit in conmon's stead, when conmon was killed before it could. On a full disk it is told all the same, though not recorded. */
export function writeExit(context: RuntimeContext, source: ExitSource, code: number): ExitStatus {
  try {
    writeFileAtomic(join(context.exitsDir, source.id), String(code));
  } catch (error) {
    context.logger.warn('The exit code of a container can not be written down', {
      container: source.id,
      directory: context.exitsDir,
      error: messageOf(error),
    });
  }
  return { code, oomKilled: wasOomKilled(context, source), at: new Date() };
}

export function forgetExit(context: RuntimeContext, id: string): void {
  rmSync(join(context.exitsDir, id), { force: true });
}

/**
 * Removes exit codes without a bundle: an engine that was killed at the very end of a `delete` left them, and nobody asks for them any
 * more. Bundles have the name of their container, or its short form.
 */
export function forgetStrayExits(exitsDir: string, bundlesDir: string): void {
  for (const id of readdirSync(exitsDir)) {
    const hasBundle = [id, shortId(id)].some((name) => existsSync(join(bundlesDir, name)));
    if (!hasBundle) rmSync(join(exitsDir, id), { force: true });
  }
}

/** conmon's file can be missing when the kernel's notice and the exit came together; the kernel's own count is not. */
function wasOomKilled(context: RuntimeContext, source: ExitSource): boolean {
  if (existsSync(join(source.bundle, monitorFiles.oom))) return true;
  return oomKills(context.cgroups, source.cgroup) > 0;
}

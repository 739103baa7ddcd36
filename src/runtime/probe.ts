import { exec } from '../lib/exec.ts';
import { EngineError, messageOf } from '../lib/errors.ts';
import type { CgroupHierarchy } from './cgroup/hierarchy.ts';
import { findProgram } from './host/find-program.ts';

/** An OCI runtime that was found on this host. */
export interface RuntimeProgram {
  readonly path: string;
  /** `runc`, `crun` */
  readonly name: string;
  readonly version: string;
}

/**
 * The runtime that works here: crun where it can (it starts in half the time), else runc. crun gave up mixed version 1
 * hierarchies, so it is not even asked there. An explicit path is taken as it is.
 */
export async function chooseRuntime(cgroups: CgroupHierarchy, path?: string): Promise<RuntimeProgram> {
  if (path !== undefined) return await probe(path);
  const candidates = cgroups.version === 2 ? ['crun', 'runc'] : ['runc'];
  const failures: string[] = [];
  for (const name of candidates) {
    const found = findProgram(name);
    if (found === undefined) continue;
    try {
      return await probe(found);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  const detail =
    failures.length > 0 ? `: ${failures.join('; ')}` : `: looked for ${candidates.join(' and ')}`;
  throw new EngineError('unavailable', `No OCI runtime works on this host${detail}`);
}

/** Asks a runtime for its name and version, as both print them: `runc version 1.1.5+ds1`. */
async function probe(path: string): Promise<RuntimeProgram> {
  const { stdout } = await exec(path, ['--version']);
  const match = /^(\S+) version (\S+)/m.exec(stdout);
  if (!match?.[1] || !match[2]) {
    throw new EngineError('unavailable', `${path} --version does not name an OCI runtime`);
  }
  return { path, name: match[1], version: match[2] };
}

/** Whether we know this runtime's exec.fifo and state directory: those of runc 1.x. */
export const isNative = ({ name, version }: RuntimeProgram): boolean =>
  name === 'runc' && /^1\.[0-4]\./.test(version);

/** conmon's path. */
export function findMonitorProgram(): string {
  const path = findProgram('conmon');
  if (path === undefined) {
    throw new EngineError('unavailable', 'conmon is missing on this host; install the package conmon');
  }
  return path;
}

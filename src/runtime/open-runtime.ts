import { mkdirSync } from 'node:fs';
import { type Logger, silentLogger } from '../lib/log.ts';
import { CgroupHierarchy } from './cgroup/hierarchy.ts';
import { MigrationLock } from './cgroup/migration-lock.ts';
import { ConmonRuntime } from './conmon-runtime.ts';
import { forgetStrayExits } from './exit-files.ts';
import { ExitWatch } from './exit-watch.ts';
import { readHostFacts } from './host/read-host-facts.ts';
import { chooseRuntime, findMonitorProgram, isNative } from './probe.ts';

export interface RuntimeOptions {
  /** The OCI runtime's state. */
  readonly stateDir: string;
  /** Exit codes as conmon writes them. */
  readonly exitsDir: string;
  /** Where callers make their bundles. */
  readonly bundlesDir: string;
  readonly logger?: Logger;
  /** An OCI runtime to use instead of the best one found. */
  readonly runtimePath?: string;
}

/** Opens the host's OCI runtime. Throws `unavailable` when this host has none, or no conmon. */
export async function openRuntime(options: RuntimeOptions): Promise<ConmonRuntime> {
  const { stateDir, exitsDir, bundlesDir, logger = silentLogger } = options;
  const cgroups = new CgroupHierarchy();
  const monitor = findMonitorProgram();
  const program = await chooseRuntime(cgroups, options.runtimePath);
  for (const directory of [stateDir, exitsDir, bundlesDir])
    mkdirSync(directory, { recursive: true, mode: 0o711 });
  forgetStrayExits(exitsDir, bundlesDir);
  return new ConmonRuntime(program, {
    monitor,
    command: { program: program.path, stateDir },
    native: isNative(program),
    exitsDir,
    cgroups,
    migrations: new MigrationLock(cgroups),
    host: readHostFacts(cgroups),
    logger,
    containers: new Map(),
    exitWatch: new ExitWatch(exitsDir),
    monitors: new Set(),
  });
}

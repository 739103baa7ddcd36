import type { Logger } from '../lib/log.ts';
import type { CgroupHierarchy } from './cgroup/hierarchy.ts';
import type { MigrationLock } from './cgroup/migration-lock.ts';
import type { RuntimeCommand } from './conmon/arguments.ts';
import type { Monitor } from './conmon/launch.ts';
import type { ExitWatch } from './exit-watch.ts';
import type { MonitoredContainer } from './monitored-container.ts';
import type { HostFacts } from './spec/host-facts.ts';

/** What the verbs share. */
export interface RuntimeContext {
  /** conmon's path. */
  readonly monitor: string;
  readonly command: RuntimeCommand;
  /** Whether this runtime's files are known well enough to start and delete without calling it. */
  readonly native: boolean;
  /** `<exitsDir>/<id>` is a container's exit code, from its end until `delete`. */
  readonly exitsDir: string;
  readonly cgroups: CgroupHierarchy;
  readonly migrations: MigrationLock;
  readonly host: HostFacts;
  readonly logger: Logger;
  /** Containers that were created or adopted, and not deleted since. */
  readonly containers: Map<string, MonitoredContainer>;
  readonly exitWatch: ExitWatch;
  /** conmons that are our children and have not ended. */
  readonly monitors: Set<Monitor>;
}

import type { EventBus, NewEvent } from '../events/types.ts';
import type { Images } from '../image/types.ts';
import type { KeyedLock } from '../lib/keyed-lock.ts';
import type { Logger } from '../lib/log.ts';
import type { DnsSpec, Networks } from '../network/types.ts';
import type { ExitStatus, Runtime } from '../runtime/types.ts';
import type { Snapshotter } from '../snapshot/types.ts';
import type { Volumes } from '../volume/types.ts';
import { containerPaths, type ContainerPaths } from './container-paths.ts';
import type { ContainerRecord, Run } from './container-record.ts';
import type { ContainerStore } from './container-store.ts';
import type { DepartedContainers } from './departed.ts';
import type { ExecStore } from './exec/exec-store.ts';
import type { LogWatches } from './logs/log-watch.ts';
import type { ContainerSpec, LogConfig } from './types.ts';

export interface ContainerDefaults {
  readonly init?: boolean;
  readonly ipcMode?: string;
  readonly cgroupnsMode?: string;
  /** Each for containers that name no limit of that name. */
  readonly ulimits?: ContainerSpec['ulimits'];
  readonly noNewPrivileges?: boolean;
  /** JSON of a seccomp profile, or `unconfined`; absent = the built-in one. */
  readonly seccompProfile?: string;
}

export interface ContainerSettings {
  /** Bytes of one segment of the log of record. Default 20 MiB. */
  readonly logMaxSize: number;
  /** Segments that are kept. Default 5. */
  readonly logMaxFile: number;
  /** Of containers that name no driver; absent = the log of record alone. */
  readonly log?: LogConfig;
  /** What containers get whose clients say nothing of it. */
  readonly defaults: ContainerDefaults;
  /** Bytes of /dev/shm. Default 64 MiB. */
  readonly defaultShmSize: number;
  /** Seconds between the stop signal and SIGKILL. Default 10. */
  readonly stopTimeout: number;
  /** Name servers of containers that name none. */
  readonly dns: DnsSpec;
}

/** What every verb works with. */
export interface Context {
  readonly store: ContainerStore;
  readonly departed: DepartedContainers;
  readonly execs: ExecStore;
  readonly images: Images;
  readonly snapshots: Snapshotter;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly runtime: Runtime;
  readonly events: EventBus;
  readonly logWatches: LogWatches;
  /** How many look into the file system of a container that does not run, by its id (archive/). */
  readonly views: Map<string, number>;
  /** One queue per container. Who holds it does not wait for an exit: exits are dealt with in the same queue. */
  readonly locks: KeyedLock;
  readonly roots: { readonly containers: string; readonly bundles: string };
  /** What was made of `roots` already: lists ask for all paths of all containers. */
  readonly knownPaths: WeakMap<{ readonly id: string }, ContainerPaths>;
  readonly settings: ContainerSettings;
  readonly logger: Logger;
  /** What is done when a run ends (exit.ts). */
  readonly handleExit: (record: ContainerRecord, run: Run, exit: ExitStatus) => Promise<void>;
  /** Aborts when the engine leaves: timers and watchers end, containers run on. */
  readonly closing: AbortSignal;
}

export function pathsOf(context: Context, record: { readonly id: string }): ContainerPaths {
  const known = context.knownPaths.get(record);
  if (known) return known;
  const paths = containerPaths(context.roots, record.id);
  context.knownPaths.set(record, paths);
  return paths;
}

/** Publishes an event of a container with the attributes that Docker gives it. */
export function publish(
  context: Context,
  record: ContainerRecord,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
  options: Pick<NewEvent, 'passing'> = {},
): void {
  context.events.publish({
    ...options,
    type: 'container',
    action,
    actorId: record.id,
    attributes: { ...record.spec.labels, image: record.spec.image, name: record.name, ...attributes },
  });
}

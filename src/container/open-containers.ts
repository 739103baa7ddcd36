import { mkdirSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { KeyedLock } from '../lib/keyed-lock.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import type { ContainerRecord, Run } from './container-record.ts';
import { ContainerStore } from './container-store.ts';
import { DepartedContainers } from './departed.ts';
import type { ContainerSettings, Context } from './context.ts';
import { EngineContainers } from './engine-containers.ts';
import { ExecStore } from './exec/exec-store.ts';
import { handleExit } from './exit.ts';
import { checkLogConfig } from './logs/log-config.ts';
import { LogWatches } from './logs/log-watch.ts';
import { startLogRotation } from './logs/rotate-logs.ts';
import type { Containers } from './types.ts';

type Neighbours = Pick<Context, 'images' | 'snapshots' | 'networks' | 'volumes' | 'runtime' | 'events'>;

export interface ContainersOptions extends Neighbours {
  readonly database: DatabaseSync;
  /** `containers` survives a reboot, `bundles` does not (container-paths.ts). */
  readonly paths: { readonly containers: string; readonly bundles: string };
  readonly settings?: Partial<ContainerSettings>;
  readonly logger?: Logger;
}

const defaults: ContainerSettings = {
  logMaxSize: 20 << 20,
  logMaxFile: 5,
  defaultShmSize: 64 << 20,
  stopTimeout: 10,
  dns: {},
  defaults: {},
};

/** Opens the containers of an engine. Call `recover` before any verb. */
export function openContainers(options: ContainersOptions): Containers {
  const { images, snapshots, networks, volumes, runtime, events, database, paths } = options;
  mkdirSync(paths.containers, { recursive: true, mode: 0o710 });
  if (options.settings?.log) checkLogConfig(options.settings.log);
  const closing = new AbortController();
  const context: Context = {
    images,
    snapshots,
    networks,
    volumes,
    runtime,
    events,
    store: new ContainerStore(database),
    departed: new DepartedContainers(),
    execs: new ExecStore(),
    logWatches: new LogWatches(),
    views: new Map(),
    locks: new KeyedLock(),
    roots: paths,
    knownPaths: new WeakMap(),
    settings: withDefaults(options.settings ?? {}),
    logger: options.logger ?? silentLogger,
    handleExit: (record: ContainerRecord, run: Run, exit) => handleExit(context, record, run, exit),
    closing: closing.signal,
  };
  startLogRotation(context);
  return new EngineContainers(context, closing);
}

function withDefaults(given: Partial<ContainerSettings>): ContainerSettings {
  return {
    logMaxSize: given.logMaxSize ?? defaults.logMaxSize,
    logMaxFile: given.logMaxFile ?? defaults.logMaxFile,
    defaultShmSize: given.defaultShmSize ?? defaults.defaultShmSize,
    stopTimeout: given.stopTimeout ?? defaults.stopTimeout,
    dns: given.dns ?? defaults.dns,
    defaults: given.defaults ?? defaults.defaults,
    ...(given.log && { log: given.log }),
  };
}

import { mkdirSync, realpathSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { EventBus } from '../events/types.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { Drivers } from './drivers.ts';
import { KeptVolumes } from './kept-volumes.ts';
import { LocalDriver } from './local-driver.ts';
import { PLUGIN_DIRS } from './plugin/find-plugin.ts';
import type { PluginLimits } from './plugin/plugin-driver.ts';
import type { Volumes } from './types.ts';
import { VolumeRecords } from './volume-records.ts';

export interface VolumesOptions {
  readonly database: DatabaseSync;
  /** Each volume of driver `local` is the directory `<name>/_data` in it. */
  readonly dir: string;
  readonly events: EventBus;
  readonly logger?: Logger;
  /** Where plugins are looked for; default Docker's directories. */
  readonly pluginDirs?: readonly string[];
  readonly pluginLimits?: PluginLimits;
}

/** Opens the volumes of driver `local` and of the plugins on this host. */
export function openVolumes(options: VolumesOptions): Volumes {
  const { database, dir, events, logger = silentLogger, pluginDirs = PLUGIN_DIRS } = options;
  mkdirSync(dir, { recursive: true, mode: 0o701 });
  const records = new VolumeRecords(database);
  const local = new LocalDriver(realpathSync(dir), logger);
  local.finishRemovals((name) => records.delete(name));
  local.removeUnkept((name) => records.get(name) !== undefined);
  const drivers = new Drivers(local, pluginDirs, options.pluginLimits);
  return new KeptVolumes(records, drivers, events, logger);
}

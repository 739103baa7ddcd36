import { messageOf } from '../lib/errors.ts';
import type { DriverVolume } from './driver.ts';
import { type Drivers, isOtherPlugin } from './drivers.ts';
import type { Volume } from './types.ts';

/** A volume that we may not know, from the plugin that has it. Plugins that don't answer have none. */
export async function findAtPlugins(drivers: Drivers, name: string): Promise<Volume | undefined> {
  const answers = await Promise.all(
    drivers.plugins().map(async (plugin) => {
      const told = await plugin.get(name).catch(() => undefined);
      return told && withTold(bare(name, plugin.name, await plugin.scope()), told);
    }),
  );
  return answers.find((volume) => volume !== undefined);
}

/** The known volumes as plugins have them now, those that only plugins know, and what is wrong with plugins. */
export async function surveyPlugins(
  drivers: Drivers,
  knownVolumes: readonly Volume[],
): Promise<{ volumes: Volume[]; warnings: string[] }> {
  const volumes = new Map(knownVolumes.map((volume) => [volume.name, volume]));
  const warnings: string[] = [];
  await Promise.all(
    drivers.plugins().map(async (plugin) => {
      try {
        const told = new Map((await plugin.list()).map((volume) => [volume.name, volume]));
        for (const volume of volumes.values())
          if (volume.driver === plugin.name && !told.has(volume.name)) volumes.delete(volume.name);
        const scope = told.size > 0 ? await plugin.scope() : 'local';
        for (const volume of told.values()) {
          const known = volumes.get(volume.name) ?? bare(volume.name, plugin.name, scope);
          if (known.driver === plugin.name) volumes.set(volume.name, withoutStatus(withTold(known, volume)));
        }
      } catch (error) {
        if (!isOtherPlugin(error))
          warnings.push(`error while checking driver ${plugin.name}: ${messageOf(error)}`);
      }
    }),
  );
  return { volumes: [...volumes.values()], warnings };
}

const bare = (name: string, driver: string, scope: Volume['scope']): Volume => ({
  name,
  driver,
  scope,
  mountpoint: '',
  labels: {},
  options: {},
  anonymous: false,
});

/** What a plugin tells of a volume, over what we know of it. */
export const withTold = (volume: Volume, { mountpoint, createdAt, status }: DriverVolume): Volume => ({
  ...volume,
  ...(mountpoint !== '' && { mountpoint }),
  ...(createdAt && { createdAt }),
  ...(status && { status }),
});

/** Docker's lists don't tell it. */
const withoutStatus = ({ status: _status, ...volume }: Volume): Volume => volume;

import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Drivers } from './drivers.ts';
import type { PluginMount, VolumeRecord, VolumeRecords } from './volume-records.ts';

/**
 * Who has which volume mounted. What plugins hold is written down before they are told, so that after a crash those that still use a
 * volume just go on (a plugin that counts its users is not told twice), and what nobody claims is given back. The local driver needs
 * none of that: the kernel knows what is mounted.
 */
export class Mounts {
  private readonly records: VolumeRecords;
  private readonly drivers: Drivers;
  private readonly logger: Logger;
  private readonly users = new Map<string, Map<string, string>>();
  /** Mounts of an earlier engine that nobody has claimed yet, by volume and user. */
  private readonly unclaimed: Map<string, PluginMount>;

  constructor(records: VolumeRecords, drivers: Drivers, logger: Logger) {
    this.records = records;
    this.drivers = drivers;
    this.logger = logger;
    this.unclaimed = new Map(records.pluginMounts().map((mount) => [keyOf(mount.volume, mount.user), mount]));
  }

  usersOf(volume: string): string[] {
    return [...(this.users.get(volume)?.keys() ?? [])];
  }

  /** Where a plugin has it mounted at the moment, empty when it has not. */
  pathOf(volume: string): string {
    const [path] = this.users.get(volume)?.values() ?? [];
    return path ?? '';
  }

  async acquire(record: VolumeRecord, user: string): Promise<string> {
    const mine = this.users.get(record.name)?.get(user) ?? this.claim(record.name, user);
    const path = mine || (await this.mount(record, user));
    const users = this.users.get(record.name) ?? new Map<string, string>();
    this.users.set(record.name, users.set(user, path));
    return path;
  }

  async release(record: VolumeRecord, user: string): Promise<void> {
    const users = this.users.get(record.name);
    const isHeld = users?.delete(user) === true || this.claim(record.name, user) !== undefined;
    const isLast = !users || users.size === 0;
    if (isLast) this.users.delete(record.name);
    if (isHeld || record.driver === 'local') await this.unmount(record, user, isLast);
  }

  /** Gives back what an earlier engine mounted and nobody has claimed. */
  async releaseForgotten(): Promise<void> {
    const forgotten = [...this.unclaimed.values()];
    this.unclaimed.clear();
    await Promise.all(
      forgotten.map(({ volume, driver, user }) => {
        const record = this.records.get(volume) ?? { name: volume, driver, options: {} };
        return this.unmount(record, user, false);
      }),
    );
  }

  private claim(volume: string, user: string): string | undefined {
    const key = keyOf(volume, user);
    const path = this.unclaimed.get(key)?.path;
    this.unclaimed.delete(key);
    return path;
  }

  private async mount(record: VolumeRecord, user: string): Promise<string> {
    const { name, driver, options } = record;
    if (driver === 'local') return this.drivers.local.mount(name, user, options);
    this.records.keepMount({ volume: name, driver, user, path: '' });
    try {
      const path = await this.drivers.get(driver).mount(name, user, options);
      this.records.keepMount({ volume: name, driver, user, path });
      return path;
    } catch (error) {
      this.records.dropMount(name, user);
      throw error;
    }
  }

  private async unmount(
    record: Pick<VolumeRecord, 'name' | 'driver' | 'options'>,
    user: string,
    isLast: boolean,
  ): Promise<void> {
    const { name, driver, options } = record;
    try {
      await this.drivers.get(driver).unmount(name, user, options, isLast);
    } catch (error) {
      this.logger.warn(`cannot unmount volume ${name}`, { driver, reason: messageOf(error) });
    }
    if (driver !== 'local') this.records.dropMount(name, user);
  }
}

const keyOf = (volume: string, user: string): string => `${volume}\0${user}`;

import type { EventBus } from '../events/types.ts';
import { diskUsage } from '../lib/disk-usage.ts';
import { conflict, kindOf, messageOf, notFound, prefixed } from '../lib/errors.ts';
import { randomId } from '../lib/id.ts';
import { KeyedLock } from '../lib/keyed-lock.ts';
import type { Logger } from '../lib/log.ts';
import { copyUp } from './copy-up.ts';
import { holdSubpath } from './hold-subpath.ts';
import type { Drivers } from './drivers.ts';
import { Mounts } from './mounts.ts';
import { findAtPlugins, surveyPlugins, withTold } from './plugin-volumes.ts';
import { isPlain, type Volume, type Volumes, type VolumeSpec } from './types.ts';
import { checkVolumeName } from './volume-name.ts';
import type { VolumeRecord, VolumeRecords } from './volume-records.ts';

const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

type RemoveOptions = Parameters<Volumes['remove']>[1];
type PruneOptions = Parameters<Volumes['prune']>[0];

/** The volumes that are on record, whatever driver has them. One queue per name. */
export class KeptVolumes implements Volumes {
  private readonly records: VolumeRecords;
  private readonly available: Drivers;
  private readonly events: EventBus;
  private readonly mounts: Mounts;
  private readonly locks = new KeyedLock();

  constructor(records: VolumeRecords, drivers: Drivers, events: EventBus, logger: Logger) {
    this.records = records;
    this.available = drivers;
    this.events = events;
    this.mounts = new Mounts(records, drivers, logger);
  }

  async create(spec: VolumeSpec): Promise<Volume> {
    const name = spec.name || randomId();
    checkVolumeName(name);
    return this.locks.run(name, async () => {
      const existing = isAnonymous(spec) ? undefined : await this.agree(name, spec.driver);
      return existing ?? this.make(name, spec);
    });
  }

  /** The volume that has this name already. It is taken whatever it was made with, unless it is another driver's. */
  private async agree(name: string, driver: string | undefined): Promise<Volume | undefined> {
    const existing = this.find(name) ?? (driver ? undefined : await this.adopt(name));
    if (!existing || !driver || driver === existing.driver) return existing;
    if (driver !== 'local')
      await this.available.lookUp(driver).catch((error: unknown) => {
        throw prefixed(`create ${name}`, error);
      });
    throw conflict(
      `create ${name}: driver '${existing.driver}' already has volume '${name}': volume name must be unique`,
    );
  }

  private async make(name: string, spec: VolumeSpec): Promise<Volume> {
    const { driver: driverName = 'local', options = {} } = spec;
    const anonymous = isAnonymous(spec);
    const labels = anonymous ? { [ANONYMOUS_LABEL]: '', ...spec.labels } : (spec.labels ?? {});
    try {
      const driver = await this.available.lookUp(driverName);
      await driver.create(name, options);
      const scope = await driver.scope();
      return this.keep({
        name,
        driver: driverName,
        scope,
        labels,
        options,
        anonymous,
        createdAt: new Date(),
      });
    } catch (error) {
      throw messageOf(error).startsWith(`create ${name}: `) ? error : prefixed(`create ${name}`, error);
    }
  }

  private keep(record: VolumeRecord): Volume {
    this.records.add(record);
    this.publish('create', record.name, { driver: record.driver });
    return this.toVolume(record);
  }

  /** A volume that only a plugin knows becomes one of ours when somebody uses it. */
  private async adopt(name: string): Promise<Volume | undefined> {
    const found = await findAtPlugins(this.available, name);
    if (!found) return undefined;
    const { driver, scope } = found;
    const record = { name, driver, scope, labels: {}, options: {}, anonymous: false, createdAt: new Date() };
    this.records.add(record);
    return this.toVolume(record);
  }

  list(): Volume[] {
    return this.records.all().map((record) => this.toVolume(record));
  }

  find(name: string): Volume | undefined {
    const record = this.records.get(name);
    return record && this.toVolume(record);
  }

  get(name: string): Volume {
    const volume = this.find(name);
    if (!volume) throw noSuchVolume(name);
    return volume;
  }

  async inspect(name: string): Promise<Volume> {
    const known = this.find(name);
    if (known?.driver === 'local') return known;
    if (!known) {
      const found = await findAtPlugins(this.available, name);
      if (!found) throw noSuchVolume(name);
      return found;
    }
    const told = await this.available
      .get(known.driver)
      .get(name)
      .catch((error: unknown) => {
        throw prefixed(`get ${name}`, error);
      });
    if (!told) throw noSuchVolume(name);
    return withTold(known, told);
  }

  survey(): Promise<{ volumes: Volume[]; warnings: string[] }> {
    return surveyPlugins(this.available, this.list());
  }

  async remove(name: string, options: RemoveOptions): Promise<void> {
    await this.locks.run(name, async () => {
      const known = this.find(name) ?? (await findAtPlugins(this.available, name));
      if (!known) {
        if (options.force) return;
        throw noSuchVolume(name);
      }
      const users = new Set([...options.usedBy, ...this.mounts.usersOf(name)]);
      if (users.size > 0) throw conflict(`remove ${name}: volume is in use - [${[...users].join(', ')}]`);
      await this.erase(known, options.force);
    });
  }

  private async erase(volume: Volume, force = false): Promise<void> {
    const { name, options } = volume;
    const forget = (): void => this.records.delete(name);
    try {
      await this.available.get(volume.driver).remove(name, options, forget);
    } catch (error) {
      // a plugin that was uninstalled keeps nobody from forgetting what it had
      if (!force || kindOf(error) !== 'not-found') throw removal(name, error);
      forget();
    }
    this.publish('destroy', name, { driver: volume.driver });
  }

  async prune(options: PruneOptions): Promise<{ removed: string[]; freed: number }> {
    const removed: string[] = [];
    let freed = 0;
    for (const volume of this.list()) {
      if (!isPlain(volume) || !(options.all || volume.anonymous) || !(options.filter?.(volume) ?? true))
        continue;
      const [size = 0] = await this.usage([volume.name]);
      await this.locks.run(volume.name, async () => {
        const isHeld = this.mounts.usersOf(volume.name).length > 0;
        if (isHeld || options.isUsed(volume.name) || !this.records.get(volume.name)) return;
        await this.erase(volume);
        removed.push(volume.name);
        freed += size;
      });
    }
    this.publish('prune', '', { reclaimed: String(freed) });
    return { removed, freed };
  }

  async acquire(name: string, user: string): Promise<string> {
    return this.locks.run(name, async () => {
      const record = this.records.get(name);
      if (!record) throw noSuchVolume(name);
      try {
        return await this.mounts.acquire(record, user);
      } catch (error) {
        throw messageOf(error).startsWith('error while mounting volume')
          ? error
          : prefixed(`error while mounting volume '${this.toVolume(record).mountpoint}'`, error);
      }
    });
  }

  async release(name: string, user: string): Promise<void> {
    await this.locks.run(name, async () => {
      const record = this.records.get(name);
      if (record) await this.mounts.release(record, user);
    });
  }

  async releaseForgotten(): Promise<void> {
    await this.mounts.releaseForgotten();
  }

  async populate(name: string, source: string, subpath?: string): Promise<void> {
    await this.locks.run(name, async () => {
      using part = holdSubpath(this.get(name).mountpoint, subpath || '.');
      await copyUp(source, part.path);
    });
  }

  usage(names: readonly string[]): Promise<number[]> {
    return diskUsage(names.map((name) => (this.records.get(name) ? this.get(name).mountpoint : '')));
  }

  drivers(): string[] {
    return this.available.names();
  }

  private toVolume(record: VolumeRecord): Volume {
    const { name, driver, createdAt, ...rest } = record;
    if (driver !== 'local') return { name, driver, mountpoint: this.mounts.pathOf(name), ...rest };
    return { name, driver, createdAt, mountpoint: this.available.local.pathOf(name), ...rest };
  }

  private publish(action: string, actorId: string, attributes: Readonly<Record<string, string>>): void {
    this.events.publish({ type: 'volume', action, actorId, attributes });
  }
}

const isAnonymous = ({ name, anonymous }: VolumeSpec): boolean => anonymous === true || !name;

const noSuchVolume = (name: string): Error => notFound(`get ${name}: no such volume`);

const removal = (name: string, error: unknown): unknown =>
  messageOf(error).startsWith(`remove ${name}: `) ? error : prefixed(`remove ${name}`, error);

import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { EventBus } from '../events/types.ts';
import { unmount } from '../kernel/mount.ts';
import { conflict, hasCode, messageOf, notFound } from '../lib/errors.ts';
import { randomId } from '../lib/id.ts';
import { KeyedLock } from '../lib/keyed-lock.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { copyUp } from './copy-up.ts';
import { diskUsage } from './disk-usage.ts';
import { isMountPoint, mountVolume } from './mount-volume.ts';
import type { Volume, Volumes } from './types.ts';
import { checkVolumeName } from './volume-name.ts';
import { checkVolumeOptions, isMounted, sameOptions } from './volume-options.ts';
import { type VolumeRecord, VolumeRecords } from './volume-records.ts';

/** Prefix of directories whose removal is under way; no name of a volume begins so. */
const REMOVING = '.removing-';
const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

export interface VolumesOptions {
  readonly database: DatabaseSync;
  /** Each volume is the directory `<name>/_data` in it. */
  readonly dir: string;
  readonly events: EventBus;
  readonly logger?: Logger;
}

/** Opens the volumes of driver `local`. */
export function openVolumes(options: VolumesOptions): Volumes {
  mkdirSync(options.dir, { recursive: true, mode: 0o701 });
  const records = new VolumeRecords(options.database);
  finishRemovals(records, options.dir);
  return new LocalVolumes(records, realpathSync(options.dir), options.events, options.logger ?? silentLogger);
}

function finishRemovals(records: VolumeRecords, dir: string): void {
  for (const entry of readdirSync(dir).filter((name) => name.startsWith(REMOVING))) {
    const name = entry.slice(REMOVING.length);
    if (!existsSync(join(dir, name))) records.delete(name);
    rmSync(join(dir, entry), { recursive: true, force: true });
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}

type CreateSpec = Parameters<Volumes['create']>[0];
type RemoveOptions = Parameters<Volumes['remove']>[1];
type PruneOptions = Parameters<Volumes['prune']>[0];

class LocalVolumes implements Volumes {
  private readonly records: VolumeRecords;
  private readonly dir: string;
  private readonly events: EventBus;
  private readonly logger: Logger;
  private readonly locks = new KeyedLock();
  /** Who holds a volume, by name. Not kept: after a start of the engine the holders acquire again. */
  private readonly users = new Map<string, Set<string>>();

  constructor(records: VolumeRecords, dir: string, events: EventBus, logger: Logger) {
    this.records = records;
    this.dir = dir;
    this.events = events;
    this.logger = logger;
  }

  async create(spec: CreateSpec): Promise<Volume> {
    const anonymous = !spec.name;
    const name = spec.name || randomId();
    checkVolumeName(name);
    if (spec.driver && spec.driver !== 'local')
      throw notFound(
        `create ${name}: error looking up volume plugin ${spec.driver}: plugin "${spec.driver}" not found`,
      );
    const options = spec.options ?? {};
    checkVolumeOptions(name, options);
    const labels = anonymous ? { [ANONYMOUS_LABEL]: '', ...spec.labels } : (spec.labels ?? {});
    return this.locks.run(name, () => this.createRecord({ name, labels, options, anonymous }));
  }

  private async createRecord(wanted: Omit<VolumeRecord, 'createdAt'>): Promise<Volume> {
    const existing = this.records.get(wanted.name);
    if (existing) return this.agree(existing, wanted.options);
    const path = this.mountpointOf(wanted.name);
    await mkdir(path, { recursive: true });
    await chmod(path, 0o755);
    const record = { ...wanted, createdAt: new Date() };
    this.records.add(record);
    this.publish('create', record.name, { driver: 'local' });
    return this.toVolume(record);
  }

  /** Naming a volume that exists without options means that one, whatever it was made with. */
  private agree(existing: VolumeRecord, options: VolumeRecord['options']): Volume {
    if (Object.keys(options).length > 0 && !sameOptions(existing.options, options))
      throw conflict(`create ${existing.name}: volume already exists with other options`);
    return this.toVolume(existing);
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
    if (!volume) throw notFound(`get ${name}: no such volume`);
    return volume;
  }

  async remove(name: string, options: RemoveOptions): Promise<void> {
    await this.locks.run(name, async () => {
      if (!this.records.get(name)) {
        if (options.force) return;
        throw notFound(`get ${name}: no such volume`);
      }
      const users = new Set([...options.usedBy, ...(this.users.get(name) ?? [])]);
      if (users.size > 0) throw conflict(`remove ${name}: volume is in use - [${[...users].join(', ')}]`);
      await this.erase(name);
    });
  }

  /** The data is set aside by one rename before the record goes, so that a crash leaves neither half of a volume. */
  private async erase(name: string): Promise<void> {
    this.unmountUnused(name);
    if (isMounted(this.get(name).options) && isMountPoint(this.mountpointOf(name)))
      throw conflict(`remove ${name}: volume is still mounted at ${this.mountpointOf(name)}`);
    const aside = join(this.dir, REMOVING + name);
    await rename(join(this.dir, name), aside).catch(ignoreMissing);
    this.records.delete(name);
    await rm(aside, { recursive: true, force: true });
    this.publish('destroy', name, { driver: 'local' });
  }

  async prune(options: PruneOptions): Promise<{ removed: string[]; freed: number }> {
    const removed: string[] = [];
    let freed = 0;
    for (const volume of this.list()) {
      if (!(options.all || volume.anonymous) || !(options.filter?.(volume) ?? true)) continue;
      const size = await this.usage(volume.name).catch(() => 0);
      await this.locks.run(volume.name, async () => {
        const isHeld = (this.users.get(volume.name)?.size ?? 0) > 0;
        if (isHeld || options.isUsed(volume.name) || !this.records.get(volume.name)) return;
        await this.erase(volume.name);
        removed.push(volume.name);
        freed += size;
      });
    }
    this.publish('prune', '', { reclaimed: String(freed) });
    return { removed, freed };
  }

  async acquire(name: string, user: string): Promise<string> {
    return this.locks.run(name, async () => {
      const { options, mountpoint } = this.get(name);
      if (isMounted(options) && !isMountPoint(mountpoint)) await mountVolume(options, mountpoint);
      this.users.set(name, (this.users.get(name) ?? new Set()).add(user));
      return mountpoint;
    });
  }

  async release(name: string, user: string): Promise<void> {
    await this.locks.run(name, async () => {
      const users = this.users.get(name);
      users?.delete(user);
      if (users && users.size > 0) return;
      this.users.delete(name);
      this.unmountUnused(name);
    });
  }

  async populate(name: string, source: string): Promise<void> {
    await this.locks.run(name, () => copyUp(source, this.get(name).mountpoint));
  }

  async usage(name: string): Promise<number> {
    return diskUsage(this.get(name).mountpoint);
  }

  private unmountUnused(name: string): void {
    const volume = this.find(name);
    if (!volume || !isMounted(volume.options) || !isMountPoint(volume.mountpoint)) return;
    try {
      unmount(volume.mountpoint);
    } catch (error) {
      this.logger.warn(`cannot unmount volume ${name}: ${messageOf(error)}`);
    }
  }

  private mountpointOf(name: string): string {
    return join(this.dir, name, '_data');
  }

  private toVolume(record: VolumeRecord): Volume {
    return { ...record, driver: 'local', mountpoint: this.mountpointOf(record.name) };
  }

  private publish(action: string, actorId: string, attributes: Readonly<Record<string, string>>): void {
    this.events.publish({ type: 'volume', action, actorId, attributes });
  }
}

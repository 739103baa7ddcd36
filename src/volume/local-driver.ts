import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unmount } from '../kernel/mount.ts';
import { conflict, hasCode, messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { DriverVolume, VolumeDriver, VolumeOptions } from './driver.ts';
import { isMountPoint, mountVolume } from './mount-volume.ts';
import { checkVolumeOptions, isMounted } from './volume-options.ts';

/** Prefix of directories whose removal is under way; no name of a volume begins so. */
const REMOVING = '.removing-';
/** Names of anonymous volumes. */
const ID = /^[0-9a-f]{64}$/;

/** The driver `local`: each volume is the directory `<name>/_data`, or is mounted there while it is used. */
export class LocalDriver implements VolumeDriver {
  readonly name = 'local';
  private readonly dir: string;
  private readonly logger: Logger;

  constructor(dir: string, logger: Logger) {
    this.dir = dir;
    this.logger = logger;
  }

  /** Ends removals that a crash interrupted; `forget` drops what is left of a record. */
  finishRemovals(forget: (name: string) => void): void {
    for (const entry of readdirSync(this.dir).filter((name) => name.startsWith(REMOVING))) {
      const name = entry.slice(REMOVING.length);
      if (!existsSync(join(this.dir, name))) forget(name);
      rmSync(join(this.dir, entry), { recursive: true, force: true });
    }
  }

  /** Removes what a crash left of making anonymous volumes: empty directories that nobody has on record, with names that only we choose. */
  removeUnkept(isKept: (name: string) => boolean): void {
    for (const name of readdirSync(this.dir).filter((entry) => ID.test(entry) && !isKept(entry)))
      try {
        if (existsSync(this.pathOf(name))) rmdirSync(this.pathOf(name));
        rmdirSync(join(this.dir, name));
      } catch (error) {
        if (!hasCode(error, 'ENOTEMPTY', 'ENOTDIR', 'EBUSY')) throw error;
      }
  }

  pathOf(name: string): string {
    return join(this.dir, name, '_data');
  }

  async scope(): Promise<'local'> {
    return 'local';
  }

  async create(name: string, options: VolumeOptions): Promise<void> {
    checkVolumeOptions(name, options);
    await mkdir(this.pathOf(name), { recursive: true });
    await chmod(this.pathOf(name), 0o755);
  }

  /** The data is set aside by one rename before the record goes, so that a crash leaves neither half of a volume. */
  async remove(name: string, options: VolumeOptions, forget: () => void): Promise<void> {
    const path = this.pathOf(name);
    this.unmountAt(name, options);
    if (isMounted(options) && isMountPoint(path))
      throw conflict(`remove ${name}: volume is still mounted at ${path}`);
    const aside = join(this.dir, REMOVING + name);
    await rename(join(this.dir, name), aside).catch(ignoreMissing);
    forget();
    await rm(aside, { recursive: true, force: true });
  }

  async mount(name: string, _user: string, options: VolumeOptions): Promise<string> {
    const path = this.pathOf(name);
    if (isMounted(options) && !isMountPoint(path)) await mountVolume(options, path);
    return path;
  }

  async unmount(name: string, _user: string, options: VolumeOptions, isLast: boolean): Promise<void> {
    if (isLast) this.unmountAt(name, options);
  }

  async get(name: string): Promise<DriverVolume | undefined> {
    return existsSync(this.pathOf(name)) ? { name, mountpoint: this.pathOf(name) } : undefined;
  }

  async list(): Promise<DriverVolume[]> {
    return readdirSync(this.dir)
      .filter((name) => !name.startsWith('.'))
      .map((name) => ({ name, mountpoint: this.pathOf(name) }));
  }

  private unmountAt(name: string, options: VolumeOptions): void {
    const path = this.pathOf(name);
    if (!isMounted(options) || !isMountPoint(path)) return;
    try {
      unmount(path);
    } catch (error) {
      this.logger.warn(`cannot unmount volume ${name}: ${messageOf(error)}`);
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}

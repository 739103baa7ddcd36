import { createHash } from 'node:crypto';
import {
  chownSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../../lib/errors.ts';
import { exec } from '../../../lib/exec.ts';
import { KeyedLock } from '../../../lib/keyed-lock.ts';
import type { ExecMount } from '../../plan/types.ts';

/*
 * <build>/cache/<name>/
 *   data/         what RUN --mount=type=cache sees
 *   mount.json    CacheMountRecord
 */
interface CacheMountRecord {
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly usageCount: number;
}

export interface CacheMountInfo extends CacheMountRecord {
  readonly name: string;
  readonly inUse: boolean;
}

type CacheMount = Extract<ExecMount, { type: 'cache' }>;

/** The directories behind `RUN --mount=type=cache`: they outlive builds and are no part of any layer. */
export class CacheMounts {
  private readonly root: string;
  private readonly users = new Map<string, number>();
  private readonly locks = new KeyedLock();

  constructor(root: string) {
    this.root = root;
  }

  /** Runs work with the directory of a mount; `fill` is called for a new one. Locked mounts wait for one another. */
  async use<T>(
    mount: CacheMount,
    from: string,
    fill: (directory: string) => Promise<void>,
    work: (directory: string) => Promise<T>,
  ): Promise<T> {
    const name = nameOf(mount.id, from);
    if (mount.sharing === 'locked') return this.locks.run(name, () => this.hold(name, mount, fill, work));
    return this.hold(mount.sharing === 'private' ? this.unused(name) : name, mount, fill, work);
  }

  /** The directory of a mount that begins empty, where there is one. */
  find(mount: Pick<CacheMount, 'id'>): string | undefined {
    const name = nameOf(mount.id, '');
    return this.read(name) && join(this.root, name, 'data');
  }

  list(): CacheMountInfo[] {
    return names(this.root).flatMap((name) => {
      const record = this.read(name);
      return record ? [{ ...record, name, inUse: this.users.has(name) }] : [];
    });
  }

  /** Where its files are, and what changes with each use. */
  measure({ name, lastUsedAt, usageCount, inUse }: CacheMountInfo): { path: string; stamp: string } {
    return { path: join(this.root, name, 'data'), stamp: `${lastUsedAt} ${usageCount} ${inUse}` };
  }

  /** Removes a cache that is not in use; says whether it was removed. */
  async remove(name: string): Promise<boolean> {
    if (this.users.has(name)) return false;
    rmSync(join(this.root, name, 'mount.json'), { force: true });
    await exec('rm', ['-rf', '--one-file-system', '--', join(this.root, name)]);
    return true;
  }

  private async hold<T>(
    name: string,
    mount: CacheMount,
    fill: (directory: string) => Promise<void>,
    work: (directory: string) => Promise<T>,
  ): Promise<T> {
    this.users.set(name, (this.users.get(name) ?? 0) + 1);
    try {
      const directory = await this.locks.run(`make ${name}`, () => this.make(name, mount, fill));
      return await work(directory);
    } finally {
      const users = (this.users.get(name) ?? 1) - 1;
      if (users > 0) this.users.set(name, users);
      else this.users.delete(name);
    }
  }

  /** The directory; its record, written last, says that it is whole. */
  private async make(
    name: string,
    mount: CacheMount,
    fill: (directory: string) => Promise<void>,
  ): Promise<string> {
    const directory = join(this.root, name, 'data');
    const known = this.read(name);
    if (!known) {
      rmSync(join(this.root, name), { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      chownSync(directory, mount.uid, mount.gid);
      chmodSync(directory, mount.mode);
      await fill(directory);
    }
    const now = Date.now();
    const record: CacheMountRecord = {
      id: mount.id,
      createdAt: known?.createdAt ?? now,
      lastUsedAt: now,
      usageCount: (known?.usageCount ?? 0) + 1,
    };
    writeFileSync(join(this.root, name, 'mount.json'), JSON.stringify(record));
    return directory;
  }

  /** Private mounts get a directory that nobody uses now. */
  private unused(name: string): string {
    for (let number = 0; ; number += 1) {
      const candidate = number === 0 ? name : `${name}-${number}`;
      if (!this.users.has(candidate)) return candidate;
    }
  }

  private read(name: string): CacheMountRecord | undefined {
    const path = join(this.root, name, 'mount.json');
    if (!existsSync(path)) return undefined;
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as CacheMountRecord;
    } catch (error) {
      if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }
}

const nameOf = (id: string, from: string): string =>
  createHash('sha256').update(`${id}\0${from}`).digest('hex').slice(0, 24);

function names(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

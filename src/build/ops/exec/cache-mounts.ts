import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { conflict, hasCode, notFound } from '../../../lib/errors.ts';
import { exec } from '../../../lib/exec.ts';
import { KeyedLock } from '../../../lib/keyed-lock.ts';
import type { ExecMount } from '../../plan/types.ts';

/*
 * <build>/cache/<name>/
 *   data/         what RUN --mount=type=cache sees
 *   mount.json    CacheMountRecord
 * <build>/cache/tmp-<random>/   being made or removed; gone after the next start
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

  /** Runs work with the directory of a mount; `fill` is called for a new one. Locked mounts wait for one another, until `signal` ends that. */
  async use<T>(
    mount: CacheMount,
    from: string,
    fill: (directory: string) => Promise<void>,
    work: (directory: string) => Promise<T>,
    options: { readonly signal: AbortSignal },
  ): Promise<T> {
    const name = nameOf(mount.id, from);
    if (mount.sharing === 'locked')
      return this.locks.run(name, () => this.hold(name, mount, fill, work), options);
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
    const gone = this.temporary();
    const removed = await this.locks.run(`make ${name}`, async () => {
      if (this.users.has(name) || !existsSync(join(this.root, name))) return false;
      renameSync(join(this.root, name), gone);
      return true;
    });
    if (removed) await discard(gone);
    return removed;
  }

  /** A mount by its id, its name, or the beginning of its name. Throws `not-found`, and `conflict` where it could be several. */
  get(idOrName: string): CacheMountInfo {
    const all = this.list();
    const main = nameOf(idOrName, '');
    const exact = all.find(({ name }) => name === main || name === idOrName);
    const found = exact ? [exact] : all.filter((mount) => isCalled(mount, idOrName));
    const [one] = found;
    if (!one) throw notFound(`No such cache mount: ${idOrName}`);
    if (found.length > 1)
      throw conflict(
        `cache mount ${idOrName} is one of ${found.map(({ name }) => name).join(', ')}: say which by its name`,
      );
    return one;
  }

  /** Its files, as `read` reads them; meanwhile it is in use. */
  async *export(
    idOrName: string,
    read: (directory: string) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const { name } = this.get(idOrName);
    this.enter(name);
    try {
      yield* read(join(this.root, name, 'data'));
    } finally {
      this.leave(name);
    }
  }

  /** Puts other files in the place of those that a mount has, or makes a mount. All or nothing. Throws `conflict` while it is in use. */
  async import(id: string, write: (directory: string) => Promise<void>): Promise<CacheMountInfo> {
    const known = this.list().find((mount) => mount.name === id || mount.name === nameOf(id, ''));
    const name = known?.name ?? nameOf(id, '');
    const [fresh, gone] = [this.temporary(), this.temporary()];
    try {
      mkdirSync(join(fresh, 'data'), { recursive: true });
      await write(join(fresh, 'data'));
      const now = Date.now();
      writeRecord(fresh, { id: known?.id ?? id, createdAt: now, lastUsedAt: now, usageCount: 0 });
      await this.locks.run(`make ${name}`, async () => {
        if (this.users.has(name)) throw conflict(`cache mount ${id} is in use by a build`);
        if (existsSync(join(this.root, name))) renameSync(join(this.root, name), gone);
        renameSync(fresh, join(this.root, name));
      });
      return this.get(name);
    } finally {
      await discard(fresh, gone);
    }
  }

  /** Removes what an engine that was killed left half made or half removed. */
  async recover(): Promise<void> {
    await discard(
      ...names(this.root)
        .filter((name) => name.startsWith(TEMPORARY))
        .map((name) => join(this.root, name)),
    );
  }

  private temporary(): string {
    return join(this.root, `${TEMPORARY}${randomBytes(6).toString('hex')}`);
  }

  private async hold<T>(
    name: string,
    mount: CacheMount,
    fill: (directory: string) => Promise<void>,
    work: (directory: string) => Promise<T>,
  ): Promise<T> {
    this.enter(name);
    try {
      const directory = await this.locks.run(`make ${name}`, () => this.make(name, mount, fill));
      return await work(directory);
    } finally {
      this.leave(name);
    }
  }

  private enter(name: string): void {
    this.users.set(name, (this.users.get(name) ?? 0) + 1);
  }

  private leave(name: string): void {
    const users = (this.users.get(name) ?? 1) - 1;
    if (users > 0) this.users.set(name, users);
    else this.users.delete(name);
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
    }
    if (!known || known.usageCount === 0) {
      chownSync(directory, mount.uid, mount.gid); // of one that was imported, too
      chmodSync(directory, mount.mode);
    }
    if (!known) await fill(directory);
    const now = Date.now();
    const record: CacheMountRecord = {
      id: mount.id,
      createdAt: known?.createdAt ?? now,
      lastUsedAt: now,
      usageCount: (known?.usageCount ?? 0) + 1,
    };
    writeRecord(join(this.root, name), record);
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

const TEMPORARY = 'tmp-';

const isCalled = ({ id, name }: CacheMountInfo, idOrName: string): boolean =>
  id === idOrName || (idOrName.length >= 4 && name.startsWith(idOrName));

/** Whole or not at all, also when the engine is killed; that it is on disk is not worth the time. */
function writeRecord(directory: string, record: CacheMountRecord): void {
  const path = join(directory, 'mount.json');
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

async function discard(...paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await exec('rm', ['-rf', '--one-file-system', '--', ...paths]);
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

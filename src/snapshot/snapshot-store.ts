import { randomBytes } from 'node:crypto';
import {
  close,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { unmount } from '../kernel/mount.ts';
import { spreadDirectories } from '../kernel/spread.ts';
import { diskUsage } from '../lib/disk-usage.ts';
import { conflict, hasCode, invalid, notFound } from '../lib/errors.ts';
import { parseDigest, type Digest } from '../oci/digest.ts';
import { HiddenTrees } from './hidden-trees.ts';
import { removeTree } from './remove-tree.ts';

/*
 * <snapshots>/
 *   <key>/
 *     layers         diffIds, bottom first, one a line
 *     upper/ work/   overlayfs' own
 *     merged/        where the tree is mounted
 *   tmp-<random>/    being made or removed; gone after the next start
 */
/** Missing in Node's constants. */
const O_PATH = 0o10000000;
const KEY = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}$/;

/** Snapshots as directories. One appears by the rename of a complete directory. */
export class SnapshotStore {
  private readonly root: string;
  private readonly byKey = new Map<string, readonly Digest[]>();
  private readonly hidden = new HiddenTrees();

  constructor(root: string) {
    this.root = root;
    mkdirSync(root, { recursive: true, mode: 0o711 });
    spreadDirectories(root);
    for (const name of readdirSync(root)) this.load(name);
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  keys(): string[] {
    return [...this.byKey.keys()];
  }

  layersOf(key: string): readonly Digest[] {
    const layers = this.byKey.get(key);
    if (!layers) throw notFound(`snapshot ${key} does not exist`);
    return layers;
  }

  /** Whether a snapshot is on this layer. */
  uses(diffId: Digest): boolean {
    return this.byKey.values().some((layers) => layers.includes(diffId));
  }

  pathOf(key: string): string {
    return join(this.root, key);
  }

  upperPath(key: string): string {
    return join(this.root, key, 'upper');
  }

  mergedPath(key: string): string {
    return join(this.root, key, 'merged');
  }

  diskUsage(keys: readonly string[]): Promise<number[]> {
    return diskUsage(keys.map((key) => this.upperPath(key)));
  }

  create(key: string, layers: readonly Digest[]): void {
    if (!KEY.test(key) || key.startsWith('tmp-'))
      throw invalid(`invalid snapshot key ${JSON.stringify(key)}`);
    if (this.has(key)) throw conflict(`snapshot ${key} exists already`);
    const scratch = this.scratchPath();
    mkdirSync(scratch, { mode: 0o711 });
    for (const name of ['upper', 'merged']) mkdirSync(join(scratch, name), { mode: 0o755 });
    mkdirSync(join(scratch, 'work'), { mode: 0o711 });
    writeFileSync(join(scratch, 'layers'), layers.map((diffId) => `${diffId}\n`).join(''));
    renameSync(scratch, this.pathOf(key));
    this.byKey.set(key, [...layers]);
  }

  isMounted(key: string): boolean {
    const merged = statSync(this.mergedPath(key));
    return merged.dev !== statSync(this.pathOf(key)).dev;
  }

  /** Whether the tree is at its place, also when a hidden one had to be put back there. */
  show(key: string): boolean {
    return this.isMounted(key) || this.hidden.show(key, this.mergedPath(key));
  }

  /** Takes the tree from its place and keeps it mounted all the same. */
  hide(key: string): void {
    const merged = this.mergedPath(key);
    if (this.isMounted(key) && this.hidden.take(key, merged)) unmount(merged);
  }

  /** Takes what is mounted elsewhere as the tree of a snapshot that is hidden already. */
  adopt(key: string, path: string): void {
    if (this.hidden.pathOf(key) === undefined && !this.isMounted(key)) this.hidden.adopt(key, path);
  }

  hiddenPath(key: string): string | undefined {
    return this.hidden.pathOf(key);
  }

  /** Lets go of what is hidden; others may have it on. */
  close(): void {
    this.hidden.dropAll();
  }

  unmount(key: string): void {
    if (!this.has(key)) return;
    while (this.isMounted(key)) detach(this.mergedPath(key));
    this.hidden.drop(key);
  }

  /** Moves the upper directory elsewhere; the snapshot is gone after it. */
  async takeUpper(key: string, target: string): Promise<void> {
    this.layersOf(key);
    this.unmount(key);
    renameSync(this.upperPath(key), target);
    await this.remove(key);
  }

  async remove(key: string): Promise<void> {
    if (!this.has(key)) return;
    this.unmount(key);
    this.byKey.delete(key);
    const trash = this.scratchPath();
    renameSync(this.pathOf(key), trash);
    await removeTree(trash);
  }

  /** Removes what an earlier engine left half made or half removed. */
  async recover(): Promise<void> {
    for (const name of readdirSync(this.root))
      if (name.startsWith('tmp-')) await removeTree(join(this.root, name));
  }

  private scratchPath(): string {
    return join(this.root, `tmp-${randomBytes(6).toString('hex')}`);
  }

  private load(name: string): void {
    if (name.startsWith('tmp-')) return;
    try {
      const text = readFileSync(join(this.root, name, 'layers'), 'utf8');
      this.byKey.set(name, text.split('\n').filter(Boolean).map(parseDigest));
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
}

/**
 * Takes a mount out of the tree. Its last user makes the kernel write the whole upper file system to disk, which can take seconds: that is
 * a thread of the pool, which closes our descriptor.
 */
function detach(target: string): void {
  const fd = openSync(target, O_PATH | constants.O_DIRECTORY);
  try {
    unmount(target);
  } finally {
    close(fd);
  }
}

import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spreadDirectories } from '../kernel/spread.ts';
import { syncFileSystem } from '../kernel/sync.ts';
import { bootId } from '../lib/boot-id.ts';
import { diskUsage } from '../lib/disk-usage.ts';
import { hasCode, notFound } from '../lib/errors.ts';
import { digestFromHex, hexOf, isDigest, type Digest } from '../oci/digest.ts';
import { removeTree } from './remove-tree.ts';
import type { Layer } from './types.ts';

/*
 * <layers>/
 *   <hex of the diffId>/   a whole layer
 *     diff/                its difference in overlay form
 *     layer.json           LayerRecord
 *     layer.json.new       the next one, until it is on disk
 *   l/<short>              symlink to ../<hex>/diff: keeps mount options within a page
 *   empty/                 lower directory of snapshots without layers
 *   tmp-<random>/          being made or removed; gone after the next start
 */
export interface LayerRecord {
  readonly size: number;
  /** Nothing below this layer is seen through it. */
  readonly hidesAll?: boolean;
  /** Made for containers on an image, not part of one (init-layer.ts). */
  readonly isInit?: boolean;
  /** Bytes that the layer needs on disk, once that was asked for. */
  readonly diskUsage?: number;
  /** Not yet on disk for sure: worth nothing after another boot than this one. */
  readonly unsyncedBoot?: string;
}

interface StoredLayer extends Layer {
  readonly hidesAll: boolean;
  readonly isInit: boolean;
  readonly diskUsage: number | undefined;
  /** Name in l/. */
  readonly short: string;
}

const SHORT = 8;
const RECORD = 'layer.json';
const NEXT = '.new';

/** Undefined when it says nothing, or the layer may have suffered in a crash of the machine. */
function readRecord(path: string): LayerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as LayerRecord;
    const isLost = record.unsyncedBoot !== undefined && record.unsyncedBoot !== bootId();
    return isLost || typeof record.size !== 'number' ? undefined : record;
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The extracted layers of one directory. A layer appears by the rename of a directory that is complete, so only whole ones are seen. */
export class LayerStore {
  private readonly root: string;
  private readonly byDiffId = new Map<Digest, StoredLayer>();
  /** Layers of this boot that nobody has synced. */
  readonly unsynced = new Set<Digest>();
  private rewriting = Promise.resolve();
  readonly emptyPath: string;
  readonly linksPath: string;

  constructor(root: string) {
    this.root = root;
    this.emptyPath = join(root, 'empty');
    this.linksPath = join(root, 'l');
    for (const path of [root, this.emptyPath, this.linksPath])
      mkdirSync(path, { recursive: true, mode: 0o711 });
    spreadDirectories(root);
    for (const name of readdirSync(root)) this.load(name);
  }

  get(diffId: Digest): StoredLayer | undefined {
    return this.byDiffId.get(diffId);
  }

  require(diffId: Digest): StoredLayer {
    const layer = this.get(diffId);
    if (!layer) throw notFound(`layer ${diffId} does not exist`);
    return layer;
  }

  list(): StoredLayer[] {
    return [...this.byDiffId.values()];
  }

  pathOf(diffId: Digest): string {
    return join(this.root, hexOf(diffId), 'diff');
  }

  /** A new directory in which a layer is made; its difference goes to `diff` in it. */
  makeScratch(): string {
    const path = join(this.root, `tmp-${randomBytes(6).toString('hex')}`);
    mkdirSync(path, { mode: 0o711 });
    return path;
  }

  /** Makes what was made in `scratch` the layer; what is there already stays, and scratch goes. */
  async publish(scratch: string, diffId: Digest, record: LayerRecord): Promise<Layer> {
    const known = this.get(diffId);
    if (known) {
      await removeTree(scratch);
      if (known.isInit && !record.isInit) await this.adopt(known);
      return { diffId, size: known.size };
    }
    writeFileSync(join(scratch, RECORD), JSON.stringify(record));
    const path = join(this.root, hexOf(diffId));
    if (existsSync(path)) await removeTree(path); // left broken, or it would be known
    renameSync(scratch, path);
    this.remember(diffId, record);
    return { diffId, size: record.size };
  }

  /** An image has it too. */
  private async adopt(layer: StoredLayer): Promise<void> {
    this.byDiffId.set(layer.diffId, { ...layer, isInit: false });
    await this.bringToDisk([layer.diffId]);
  }

  async remove(diffId: Digest): Promise<void> {
    const layer = this.get(diffId);
    if (!layer) return;
    this.byDiffId.delete(diffId);
    this.unsynced.delete(diffId);
    const trash = this.makeScratch();
    renameSync(join(this.root, hexOf(diffId)), join(trash, 'layer'));
    rmSync(join(this.linksPath, layer.short), { force: true });
    await removeTree(trash);
  }

  /** Brings layers to disk and marks them so. One call to the kernel for all: each file by itself would wait for the disk twice. */
  bringToDisk(diffIds: readonly Digest[]): Promise<void> {
    const done = this.rewriting.then(() => this.rewrite(diffIds));
    this.rewriting = done.catch(() => {}); // told to whoever asked
    return done;
  }

  private async rewrite(diffIds: readonly Digest[]): Promise<void> {
    const present = diffIds.filter((diffId) => this.get(diffId));
    for (const diffId of present) this.writeNext(this.require(diffId));
    if (present.length > 0) await syncFileSystem(this.root);
    for (const diffId of present)
      try {
        const path = this.recordPath(diffId);
        renameSync(path + NEXT, path);
        this.unsynced.delete(diffId);
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error; // the layer has gone meanwhile
      }
  }

  /** Writes the record of a layer on disk beside the one that holds until then. */
  private writeNext({ diffId, size, hidesAll, isInit, diskUsage }: StoredLayer): void {
    const record: LayerRecord = {
      size,
      ...(hidesAll && { hidesAll }),
      ...(isInit && { isInit }),
      ...(diskUsage !== undefined && { diskUsage }),
    };
    writeFileSync(this.recordPath(diffId) + NEXT, JSON.stringify(record), { mode: 0o600 });
  }

  private recordPath(diffId: Digest): string {
    return join(this.root, hexOf(diffId), RECORD);
  }

  /** Bytes on disk of layers with their records. A whole layer does not change, so each is measured once. */
  async diskUsage(diffIds: readonly Digest[]): Promise<number[]> {
    const unknown = diffIds.filter((diffId) => this.get(diffId) && this.get(diffId)?.diskUsage === undefined);
    const found = await diskUsage(unknown.map((diffId) => join(this.root, hexOf(diffId))));
    const sizes = new Map(unknown.map((diffId, index) => [diffId, found[index] ?? 0]));
    await this.noteDiskUsage(sizes).catch(unlessFull); // measured again after a restart
    return diffIds.map((diffId) => sizes.get(diffId) ?? this.get(diffId)?.diskUsage ?? 0);
  }

  /** What is not on disk yet may come to need other blocks than now. */
  private async noteDiskUsage(sizes: ReadonlyMap<Digest, number>): Promise<void> {
    const noted = [...sizes.keys()].filter((diffId) => !this.unsynced.has(diffId));
    for (const diffId of noted) {
      const layer = this.get(diffId);
      if (layer) this.byDiffId.set(diffId, { ...layer, diskUsage: sizes.get(diffId) });
    }
    await this.bringToDisk(noted);
  }

  /** Removes what an earlier engine left half made or the machine lost. */
  async recover(): Promise<void> {
    const whole = new Set(['l', 'empty', ...this.list().map((layer) => hexOf(layer.diffId))]);
    const left = readdirSync(this.root).filter((name) => !whole.has(name));
    for (const name of left) await removeTree(join(this.root, name));
    const links = new Set(this.list().map((layer) => layer.short));
    for (const name of readdirSync(this.linksPath)) if (!links.has(name)) rmSync(join(this.linksPath, name));
  }

  private load(name: string): void {
    const diffId = `sha256:${name}`;
    const record = isDigest(diffId) ? readRecord(join(this.root, name, RECORD)) : undefined;
    if (!record) return;
    const layer = this.remember(digestFromHex(name), record);
    if (record.unsyncedBoot !== undefined) this.unsynced.add(layer.diffId);
  }

  private remember(diffId: Digest, record: LayerRecord): StoredLayer {
    const short = this.link(hexOf(diffId));
    const layer = {
      diffId,
      size: record.size,
      hidesAll: record.hidesAll ?? false,
      isInit: record.isInit ?? false,
      diskUsage: record.diskUsage,
      short,
    };
    this.byDiffId.set(diffId, layer);
    return layer;
  }

  /** The shortest free beginning of the digest as a name that leads to the layer. */
  private link(hex: string): string {
    const target = `../${hex}/diff`;
    for (let length = SHORT; ; length++) {
      const path = join(this.linksPath, hex.slice(0, length));
      try {
        symlinkSync(target, path);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
        if (readlinkSync(path) !== target) continue;
      }
      return hex.slice(0, length);
    }
  }
}

function unlessFull(error: unknown): void {
  if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error;
}

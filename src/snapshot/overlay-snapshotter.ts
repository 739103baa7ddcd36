import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bootId } from '../lib/boot-id.ts';
import { bytesOfText } from '../lib/byte-string.ts';
import { decompress } from '../lib/compression.ts';
import { conflict } from '../lib/errors.ts';
import { compressLayer } from './commit/compress-layer.ts';
import { type CopiedLayer, copyLayer } from './commit/copy-layer.ts';
import { hashLayer } from './commit/pack-layer.ts';
import { randomId } from '../lib/id.ts';
import { silentLogger, type Logger } from '../lib/log.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type { Digest } from '../oci/digest.ts';
import { applyLayer, type ApplyContext } from './apply/apply-layer.ts';
import type { StackReport } from './explain/types.ts';
import { Flights } from './flights.ts';
import { makeMountPoints, stackKey } from './init-layer.ts';
import { LayerStore, type LayerRecord } from './layer-store.ts';
import { LayerSync } from './layer-sync.ts';
import { mountOverlay } from './overlay-mount.ts';
import { removeTree } from './remove-tree.ts';
import { SnapshotStore } from './snapshot-store.ts';
import type { ArchiveTreeOptions, Change, ExtractTreeOptions, Layer, Snapshotter } from './types.ts';
import { isSmallTree } from './small-tree.ts';
import { openLayerWorkers } from './worker/pool.ts';
import { streamFromJob, streamToJob } from './worker/stream.ts';

type CommitOptions = Parameters<Snapshotter['commit']>[1];

export interface SnapshotterOptions {
  readonly layersDir: string;
  readonly snapshotsDir: string;
  readonly logger?: Logger;
}

export function openSnapshotter(options: SnapshotterOptions): OverlaySnapshotter {
  return new OverlaySnapshotter(options);
}

/** Snapshots as overlay mounts. Layers and snapshots are directories; there is no other record of them. */
export class OverlaySnapshotter implements Snapshotter {
  private readonly store: LayerStore;
  private readonly snapshots: SnapshotStore;
  private readonly workers = openLayerWorkers();
  /** By the stack that they are for. */
  private readonly initLayers = new Map<string, Digest>();
  private readonly flights = new Flights<Layer>();
  private readonly lanes = new Semaphore(Math.min(availableParallelism(), 3));
  private readonly sync: LayerSync;
  private readonly log: Logger;

  constructor(options: SnapshotterOptions) {
    this.store = new LayerStore(options.layersDir);
    this.snapshots = new SnapshotStore(options.snapshotsDir);
    this.log = options.logger ?? silentLogger;
    this.sync = new LayerSync(this.store, this.log);
  }

  layer(diffId: Digest): Layer | undefined {
    const layer = this.store.get(diffId);
    return layer && { diffId: layer.diffId, size: layer.size };
  }

  layers(): Layer[] {
    return this.store
      .list()
      .filter((layer) => !layer.isInit)
      .map(({ diffId, size }) => ({ diffId, size }));
  }

  layerPath(diffId: Digest): string {
    this.store.require(diffId);
    return this.store.pathOf(diffId);
  }

  async apply(
    source: Parameters<Snapshotter['apply']>[0],
    options: NonNullable<Parameters<Snapshotter['apply']>[1]> = {},
  ): Promise<Layer> {
    const known = source.diffId && this.layer(source.diffId);
    if (known) return known;
    const { store, workers } = this;
    const context: ApplyContext = { store, workers, keep: (...made) => this.keep(...made) };
    const { onBytes = () => {}, onDigest } = options;
    return this.flights.join(source.diffId ?? randomId(), options.signal, (signal) => {
      const work = () => applyLayer(context, source, { signal, onBytes, onDigest });
      // who writes a growing file may be slow, and must not hold up others
      return source.growth ? work() : this.lanes.run(work, { signal });
    });
  }

  async removeLayer(diffId: Digest): Promise<void> {
    if (this.snapshots.uses(diffId)) throw conflict(`layer ${diffId} is in use by a snapshot`);
    await this.store.remove(diffId);
  }

  readLayer(
    diffId: Digest,
    options: Parameters<Snapshotter['readLayer']>[1] = {},
  ): AsyncIterable<Uint8Array> {
    const { signal, compress } = options;
    const { path, ...codec } = compress ?? {};
    if (path !== undefined) return compressLayer(this.workers, { path, diffId }, codec, signal);
    const directory = this.layerPath(diffId);
    if (compress) return compressLayer(this.workers, { directory, diffId }, codec, signal);
    return streamFromJob(
      (port, transfer) => this.workers.run('sendLayer', { port, directory, diffId }, { transfer }),
      signal ? { signal } : {},
    );
  }

  async initLayer(layers: readonly Digest[]): Promise<Digest> {
    const stack = stackKey(layers);
    const known = this.initLayers.get(stack);
    if (known && this.store.get(known)) return known;
    const key = `init-${randomId()}`;
    this.create(key, layers);
    try {
      makeMountPoints(this.mount(key, { volatile: true }));
      const { diffId } = await this.publishCommit(key, { move: true }, true);
      this.initLayers.set(stack, diffId);
      return diffId;
    } finally {
      await this.remove(key);
    }
  }

  create(key: string, layers: readonly Digest[]): void {
    for (const diffId of layers) this.store.require(diffId);
    this.snapshots.create(key, layers);
  }

  has(key: string): boolean {
    return this.snapshots.has(key);
  }

  mount(key: string, { volatile = false }: { volatile?: boolean } = {}): string {
    const layers = this.snapshots.layersOf(key);
    const target = this.snapshots.mergedPath(key);
    if (this.snapshots.show(key)) return target;
    const lower = lowerOf(this.store, layers);
    const lowerRoot = lower.length === 0 ? join(this.store.emptyPath, '..') : this.store.linksPath;
    const base = this.snapshots.pathOf(key);
    mountOverlay({ lowerRoot, lower: lower.length === 0 ? ['empty'] : lower, base, target, volatile });
    return target;
  }

  hide(key: string): void {
    this.snapshots.hide(key);
  }

  adopt(key: string, path: string): void {
    this.snapshots.adopt(key, path);
  }

  treePath(key: string): string {
    return this.snapshots.hiddenPath(key) ?? this.mount(key);
  }

  upperPath(key: string): string {
    this.snapshots.layersOf(key);
    return this.snapshots.upperPath(key);
  }

  unmount(key: string): void {
    this.snapshots.unmount(key);
  }

  remove(key: string): Promise<void> {
    return this.snapshots.remove(key);
  }

  keys(): string[] {
    return this.snapshots.keys();
  }

  async usage(key: string): Promise<number> {
    return this.workers.run('measureTree', { path: this.upperPath(key) });
  }

  diskUsage(of: Parameters<Snapshotter['diskUsage']>[0]): Promise<number[]> {
    return 'layers' in of ? this.store.diskUsage(of.layers) : this.snapshots.diskUsage(of.keys);
  }

  async changes(key: string): Promise<Change[]> {
    const lower = lowerOf(this.store, this.snapshots.layersOf(key)).map((name) =>
      join(this.store.linksPath, name),
    );
    return this.workers.run('listChanges', { upper: this.upperPath(key), lower });
  }

  explain(layers: readonly Digest[]): Promise<StackReport> {
    const directories = layers.map((diffId) => {
      this.store.require(diffId);
      return this.layerPath(diffId);
    });
    return this.workers.run('explainStack', { directories });
  }

  commit(key: string, options: CommitOptions): Promise<Layer> {
    return this.publishCommit(key, options, false);
  }

  async recover(isKept: (key: string) => boolean): Promise<void> {
    for (const key of this.keys()) {
      if (isKept(key)) continue;
      this.log.info('removing a snapshot that nothing refers to', { snapshot: key });
      await this.remove(key);
    }
    await this.snapshots.recover();
    await this.store.recover();
    for (const layer of this.store.list())
      if (layer.isInit && !this.snapshots.uses(layer.diffId)) await this.store.remove(layer.diffId);
  }

  archiveTree(root: string, options: ArchiveTreeOptions = {}): AsyncIterable<Uint8Array> {
    const { signal, ...rest } = options;
    return streamFromJob(
      (port, transfer) => this.workers.run('archiveTree', { port, root, options: rest }, { transfer }),
      signal ? { signal } : {},
    );
  }

  extractTree(
    source: AsyncIterable<Uint8Array>,
    root: string,
    options: ExtractTreeOptions = {},
  ): Promise<void> {
    const { signal, into, ...rest } = options;
    const given = { ...rest, ...(into !== undefined && { into: bytesOfText(into) }) };
    const signalOption = signal ? { signal } : {};
    return streamToJob(
      (port, transfer) => this.workers.run('extractTree', { port, root, options: given }, { transfer }),
      decompress(source, signalOption),
      signalOption,
    );
  }

  private async publishCommit(key: string, { move, signal }: CommitOptions, isInit: boolean): Promise<Layer> {
    const scratch = this.store.makeScratch();
    try {
      const { diffId, record } = move
        ? await this.takeUpper(key, scratch)
        : await copyLayer(this.workers, this.upperPath(key), scratch, signal);
      signal?.throwIfAborted();
      return await this.keep(scratch, diffId, { ...record, ...(isInit && { isInit }) });
    } catch (error) {
      await removeTree(scratch);
      throw error;
    }
  }

  private async takeUpper(key: string, scratch: string): Promise<CopiedLayer> {
    const directory = join(scratch, 'diff');
    await this.snapshots.takeUpper(key, directory);
    const hashed = isSmallTree(directory)
      ? hashLayer({ directory })
      : await this.workers.run('hashLayer', { directory });
    return { diffId: hashed.diffId, record: { size: hashed.size } };
  }

  private async keep(scratch: string, diffId: Digest, record: LayerRecord): Promise<Layer> {
    const isKnown = this.store.get(diffId) !== undefined;
    const layer = await this.store.publish(scratch, diffId, { ...record, unsyncedBoot: bootId() });
    if (!isKnown) this.sync.add(diffId);
    return layer;
  }

  /** Brings layers to disk and ends idle worker threads. */
  async close(): Promise<void> {
    this.workers.close();
    this.snapshots.close();
    await this.sync.flush();
  }
}

/**
 * Names of the lower directories, top first. A layer that is in the stack twice counts once, at its upper place: that gives the
 * same tree, and overlayfs refuses doubles. What a layer hides wholly is left out.
 */
function lowerOf(store: LayerStore, layers: readonly Digest[]): string[] {
  const names = new Set<string>();
  for (const diffId of layers.toReversed()) {
    const layer = store.require(diffId);
    names.add(layer.short);
    if (layer.hidesAll) break;
  }
  return [...names];
}

import { availableParallelism } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import type { ContentStore } from '../content/types.ts';
import type { EventBus } from '../events/types.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type { Registry } from '../registry/client/types.ts';
import type { Snapshotter } from '../snapshot/types.ts';
import { readAttestations } from './attestations.ts';
import { collect } from './collect.ts';
import type { ImageContext } from './context.ts';
import { createImage } from './create.ts';
import { archivesSize, imagesUsage } from './disk-usage.ts';
import { clampTimes } from './distribution/clamp-times.ts';
import { anyLayerBlob } from './distribution/layer-blob.ts';
import { writeDistribution } from './distribution/write.ts';
import { fetchLayer } from './fetch-layer.ts';
import { explainImage } from './explain/explain-image.ts';
import { findImage, getVariant } from './find.ts';
import { Flights } from './flights.ts';
import { history } from './history.ts';
import { importRootfs } from './import.ts';
import { LayerLeases } from './layer-leases.ts';
import { load } from './load.ts';
import { manifestsOf, targetOf } from './manifests.ts';
import { prune } from './prune.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { recoverLayers } from './recover.ts';
import { remove } from './remove.ts';
import { save } from './save.ts';
import { ImageStore } from './store.ts';
import { tag } from './tag.ts';
import type { Images } from './types.ts';

export interface ImagesOptions {
  readonly database: DatabaseSync;
  readonly content: ContentStore;
  readonly snapshots: Snapshotter;
  readonly registry: Registry;
  readonly events: EventBus;
  readonly logger?: Logger;
  /** Docker's settings of these names; 3 and 5. */
  readonly maxConcurrentDownloads?: number | (() => number);
  readonly maxConcurrentUploads?: number | (() => number);
}

/** Opens the image store over its parts. */
export function openImages(options: ImagesOptions): Images {
  const cores = availableParallelism();
  const context: ImageContext = {
    store: new ImageStore(options.database),
    content: options.content,
    snapshots: options.snapshots,
    registry: options.registry,
    events: options.events,
    logger: options.logger ?? silentLogger,
    leases: new LayerLeases(),
    pulls: new Flights(),
    downloads: new Flights(),
    downloadSlots: new Semaphore(options.maxConcurrentDownloads ?? 3),
    uploadSlots: new Semaphore(options.maxConcurrentUploads ?? 5),
    compressSlots: new Semaphore(cores),
  };
  const { store } = context;
  return {
    list: ({ all = false } = {}) => (all ? store.all() : store.list()),
    find: (nameOrId) => findImage(store, nameOrId),
    get: (nameOrId, platform) => getVariant(store, nameOrId, platform),
    usage: () => imagesUsage(context),
    variantsOf: (image) => store.variantsOf(image),
    target: (nameOrId) => targetOf(context, nameOrId),
    manifests: (nameOrId) => manifestsOf(context, nameOrId),
    attestations: (nameOrId, platform) => readAttestations(context, nameOrId, platform),
    origins: (image) => store.blobs.sourcesOf(image.id),
    pull: (reference, transfer) => pull(context, reference, transfer),
    push: (reference, transfer) => push(context, reference, transfer),
    load: (archive, loading) => load(context, archive, loading),
    save: (names, saving) => save(context, names, saving),
    importRootfs: (archive, importing) => importRootfs(context, archive, importing),
    tag: (nameOrId, reference) => tag(context, nameOrId, reference),
    create: (config, creating) => createImage(context, config, creating),
    clampTimes: (config, clamping) => clampTimes(context, config, clamping),
    distribute: (request, { signal }) => writeDistribution(context, request, signal),
    remove: (nameOrId, removing) => remove(context, nameOrId, removing),
    prune: (pruning) => prune(context, pruning),
    history: (nameOrId, platform) => history(context, nameOrId, platform),
    fetchLayer: (layer, source, fetching) => fetchLayer(context, layer, source, fetching),
    archivesSize: (diffId) => archivesSize(context, diffId),
    archiveLayer: (diffId, format, { signal }) => anyLayerBlob(context, diffId, format, signal),
    explain: (nameOrId, platform) => explainImage(context, nameOrId, platform),
    leaseLayers: (diffIds) => context.leases.hold(diffIds),
    recover: () => recoverLayers(context),
    collect: (isUsed) => collect(context, isUsed),
  };
}

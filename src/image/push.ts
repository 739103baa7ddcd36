import { createReadStream } from 'node:fs';
import { invalid, notFound } from '../lib/errors.ts';
import { shortId } from '../lib/id.ts';
import { mapPool } from '../lib/pool.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../oci/reference.ts';
import type { Repository, UploadResult, UploadSource } from '../registry/client/types.ts';
import type { ImageContext, Report } from './context.ts';
import { compressedLayer, isCompressed } from './layer-archive.ts';
import { keptManifest, makeManifest, type ManifestOf } from './manifest-for.ts';
import { meter } from './progress.ts';
import { publish } from './publish.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image, TransferOptions } from './types.ts';

interface Push {
  readonly context: ImageContext;
  readonly image: Image;
  readonly reference: Reference;
  readonly repository: Repository;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
  /** By digest: an image may have the same layer twice. */
  readonly uploads: Map<Digest, Promise<UploadResult>>;
}

/** Brings an image to its registry, as it was pulled where all of it is still there; returns digest and size of its manifest. */
export async function push(
  context: ImageContext,
  named: Reference,
  options: TransferOptions = {},
): Promise<{ digest: Digest; size: number }> {
  if (named.digest !== undefined) throw invalid('cannot push a digest reference');
  const reference = withDefaultTag(named);
  const report = options.onProgress ?? (() => {});
  report({ status: `The push refers to repository [${repositoryOf(reference)}]` });
  const image = context.store.named(reference) ?? absent(context, reference);
  using _blobs = context.content.lease();
  using _layers = context.leases.hold(image.config.rootfs.diff_ids);
  const job: Push = {
    context,
    image,
    reference,
    repository: openRepository(context, image, reference, options),
    report,
    signal: options.signal,
    uploads: new Map(),
  };
  const manifest = await pushBlobs(job);
  const { digest, size } = await pushManifest(job, manifest);
  return { digest, size };
}

function absent({ store }: ImageContext, reference: Reference): never {
  throw notFound(
    store.tagsOf(repositoryOf(reference)).length > 0
      ? `tag does not exist: ${familiarName(reference)}`
      : `An image does not exist locally with the tag: ${familiarRepository(reference)}`,
  );
}

/** Repositories of the same registry that may have layers of this image: their blobs are linked instead of sent. */
function openRepository(
  { registry, store }: ImageContext,
  image: Image,
  reference: Reference,
  { auth }: TransferOptions,
): Repository {
  const sources = image.config.rootfs.diff_ids
    .flatMap((diffId) => store.blobs.of(diffId))
    .flatMap(({ digest }) => siblingsOf(store, digest, reference));
  const mountFrom = [...new Set(sources)].slice(0, 5);
  return registry.repository(reference, { actions: 'push', mountFrom, ...(auth && { auth }) });
}

function siblingsOf(store: ImageContext['store'], digest: Digest, { domain, path }: Reference): string[] {
  return store.blobs
    .sourcesOf(digest)
    .map((name) => parseReference(name))
    .filter((source) => source.domain === domain && source.path !== path)
    .map((source) => source.path);
}

async function pushBlobs(job: Push): Promise<ManifestOf> {
  const { context, image, report } = job;
  const diffIds = image.config.rootfs.diff_ids;
  for (const diffId of diffIds) report({ id: shortId(diffId), status: 'Preparing' });
  const kept = await keptManifest(context, image, (layer) => isFit(job, layer));
  const layers = await mapPool(
    [...diffIds.entries()],
    Math.max(1, diffIds.length),
    async ([index, diffId], signal) => {
      const layer = kept?.document.layers[index] ?? (await compressedLayer(context, diffId, signal));
      await pushLayer({ ...job, signal }, layer, diffId);
      return { ...layer, diffId };
    },
    signalled(job),
  );
  const manifest = kept ?? (await recordManifest(context, image, layers));
  await job.repository.upload(sourceOf(context, manifest.document.config), signalled(job));
  return manifest;
}

const signalled = ({ signal }: Push): { signal?: AbortSignal } => (signal ? { signal } : {});

/** Whether a layer can be pushed as a manifest names it: it can be had, and is compressed unless it came so from a registry. */
async function isFit(job: Push, { digest, mediaType }: Descriptor): Promise<boolean> {
  const { content, store } = job.context;
  if (!isCompressed({ mediaType }) && store.blobs.sourcesOf(digest).length === 0) return false;
  return content.stat(digest) !== undefined || job.repository.hasBlob(digest, signalled(job));
}

/** The image was made here: from now on it has this manifest. */
async function recordManifest(
  context: ImageContext,
  image: Image,
  layers: readonly LayerBlob[],
): Promise<ManifestOf> {
  const manifest = makeManifest(context, image, layers);
  await context.content.put(manifest.content);
  context.store.setManifest(image.id, manifest.descriptor);
  return manifest;
}

async function pushLayer(job: Push, layer: Descriptor, diffId: Digest): Promise<void> {
  const { context, report, uploads } = job;
  const id = shortId(diffId);
  if (context.uploadSlots.isFull) report({ id, status: 'Waiting' });
  const upload = uploads.get(layer.digest) ?? uploadLayer(job, layer, id);
  uploads.set(layer.digest, upload);
  report({ id, status: statusOf(await upload) });
}

async function uploadLayer(job: Push, layer: Descriptor, id: string): Promise<UploadResult> {
  const { context, report, repository, reference } = job;
  const options = {
    mountFrom: siblingsOf(context.store, layer.digest, reference),
    onBytes: meter(report, { id, status: 'Pushing', total: layer.size }),
    ...signalled(job),
  };
  return context.uploadSlots.run(() => repository.upload(sourceOf(context, layer), options), signalled(job));
}

function statusOf(result: UploadResult): string {
  if (result.done === 'mounted') return `Mounted from ${result.from}`;
  return result.done === 'exists' ? 'Layer already exists' : 'Pushed';
}

const sourceOf = ({ content }: ImageContext, { digest, size }: Descriptor): UploadSource => ({
  digest,
  size,
  open: (offset) => createReadStream(content.pathOf(digest), { start: offset, highWaterMark: 1 << 18 }),
});

async function pushManifest(
  { context, image, reference, repository, report, signal }: Push,
  manifest: ManifestOf,
): Promise<Descriptor> {
  const { descriptor, content, document } = manifest;
  const { domain, path, tag = 'latest' } = reference;
  await repository.putManifest(tag, { mediaType: descriptor.mediaType, content }, signal ? { signal } : {});
  const blobs = [document.config, ...document.layers].map(({ digest }) => digest);
  context.store.blobs.addSources(blobs, repositoryOf(reference));
  context.store.refer([{ domain, path, digest: descriptor.digest }], image.id);
  report({ status: `${tag}: digest: ${descriptor.digest} size: ${descriptor.size}` });
  const name = familiarName(reference);
  publish(context.events, 'push', { image, actorId: name, name: familiarRepository(reference) });
  return descriptor;
}

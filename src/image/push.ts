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
import type { Image, TransferOptions } from './types.ts';

interface Push {
  readonly context: ImageContext;
  readonly image: Image;
  readonly reference: Reference;
  readonly repository: Repository;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}

/** Brings an image to its registry, as it was pulled where all of it is still there; returns digest and size of its manifest. */
export async function push(
  context: ImageContext,
  named: Reference,
  options: TransferOptions = {},
): Promise<{ digest: Digest; size: number }> {
  if (named.digest !== undefined) throw invalid('cannot push a digest reference');
  const reference = withDefaultTag(named);
  const image = context.store.named(reference);
  if (!image)
    throw notFound(`An image does not exist locally with the tag: ${familiarRepository(reference)}`);
  using _blobs = context.content.lease();
  using _layers = context.leases.hold(image.config.rootfs.diff_ids);
  const job: Push = {
    context,
    image,
    reference,
    repository: openRepository(context, image, reference, options),
    report: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
  job.report({ status: `The push refers to repository [${repositoryName(reference)}]` });
  const manifest = await pushBlobs(job);
  const { digest, size } = await pushManifest(job, manifest);
  return { digest, size };
}

const repositoryName = (reference: Reference): string => repositoryOf(reference);

/** Repositories of the same registry that may have layers of this image: their blobs are linked instead of sent. */
function openRepository(
  { registry, store }: ImageContext,
  image: Image,
  reference: Reference,
  { auth }: TransferOptions,
): Repository {
  const sources = image.config.rootfs.diff_ids
    .flatMap((diffId) => store.blobsOf(diffId))
    .flatMap(({ digest }) => siblingsOf(store, digest, reference));
  const mountFrom = [...new Set(sources)].slice(0, 5);
  return registry.repository(reference, { actions: 'push', mountFrom, ...(auth && { auth }) });
}

function siblingsOf(store: ImageContext['store'], digest: Digest, { domain, path }: Reference): string[] {
  return store
    .sourcesOf(digest)
    .map((name) => parseReference(name))
    .filter((source) => source.domain === domain && source.path !== path)
    .map((source) => source.path);
}

async function pushBlobs(job: Push): Promise<ManifestOf> {
  const { context, image, report } = job;
  const diffIds = image.config.rootfs.diff_ids;
  for (const diffId of diffIds) report({ id: shortId(diffId), status: 'Preparing' });
  const manifest =
    (await keptManifest(context, image, (layer) => isFit(job, layer))) ?? (await newManifest(job));
  await mapPool(
    manifest.document.layers,
    Math.max(1, diffIds.length),
    (layer, signal) =>
      pushLayer({ ...job, signal }, layer, diffIds[manifest.document.layers.indexOf(layer)] ?? layer.digest),
    job.signal ? { signal: job.signal } : {},
  );
  await job.repository.upload(sourceOf(context, manifest.document.config), signalled(job));
  return manifest;
}

const signalled = ({ signal }: Push): { signal?: AbortSignal } => (signal ? { signal } : {});

/** Whether a layer can be pushed as a manifest names it: it can be had, and is compressed unless it came so from a registry. */
async function isFit(job: Push, { digest, mediaType }: Descriptor): Promise<boolean> {
  const { content, store } = job.context;
  if (!isCompressed({ mediaType }) && store.sourcesOf(digest).length === 0) return false;
  return content.stat(digest) !== undefined || job.repository.hasBlob(digest, signalled(job));
}

/** Compresses what has no compressed archive yet, several layers at once. */
async function newManifest({ context, image, signal }: Push): Promise<ManifestOf> {
  const diffIds = image.config.rootfs.diff_ids;
  const layers = await mapPool(
    diffIds,
    Math.max(1, diffIds.length),
    (diffId, stop) => compressedLayer(context, diffId, stop),
    signal ? { signal } : {},
  );
  const manifest = makeManifest(context, image, layers);
  await context.content.put(manifest.content);
  context.store.setManifest(image.id, manifest.descriptor);
  return manifest;
}

async function pushLayer(job: Push, layer: Descriptor, diffId: Digest): Promise<void> {
  const { context, report, repository, signal, reference } = job;
  const id = shortId(diffId);
  if (context.uploadSlots.isFull) report({ id, status: 'Waiting' });
  const result = await context.uploadSlots.run(
    () =>
      repository.upload(sourceOf(context, layer), {
        mountFrom: siblingsOf(context.store, layer.digest, reference),
        onBytes: meter(report, { id, status: 'Pushing', total: layer.size }),
        ...(signal && { signal }),
      }),
    signalled(job),
  );
  report({ id, status: statusOf(result) });
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
  context.store.addSources(blobs, repositoryOf(reference));
  context.store.refer([{ domain, path, digest: descriptor.digest }], image.id);
  report({ status: `${tag}: digest: ${descriptor.digest} size: ${descriptor.size}` });
  const name = familiarName(reference);
  publish(context.events, 'push', { image, actorId: name, name: familiarRepository(reference) });
  return descriptor;
}

import { createReadStream } from 'node:fs';
import { internal, invalid, notFound } from '../lib/errors.ts';
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
import { choosePush } from './choose-push.ts';
import type { ImageContext, Report } from './context.ts';
import { imagesOf } from './find.ts';
import type { IndexRecord } from './index-records.ts';
import { compressedLayer, isCompressed } from './layer-archive.ts';
import { keptManifest, makeManifest, type ManifestOf } from './manifest-for.ts';
import { meter } from './progress.ts';
import { publish } from './publish.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image, TransferOptions, TransferProgress } from './types.ts';

interface Push {
  readonly context: ImageContext;
  readonly reference: Reference;
  readonly repository: Repository;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
  /** An index names the manifest: its layers are pushed as they are. */
  readonly exact?: boolean;
  /** By digest: an image may have the same layer twice. */
  readonly uploads: Map<Digest, Promise<UploadResult>>;
}

/** Brings an image to its registry, as it was pulled where all of it is still there; returns digest and size of its manifest or index. */
export async function push(
  context: ImageContext,
  named: Reference,
  options: TransferOptions = {},
): Promise<{ digest: Digest; size: number }> {
  if (named.digest !== undefined) throw invalid('cannot push a digest reference');
  const reference = withDefaultTag(named);
  const report = options.onProgress ?? (() => {});
  const image = context.store.named(reference) ?? absent(context, reference);
  using _blobs = context.content.lease();
  const images = [image, ...context.store.variantsOf(image)];
  using _layers = context.leases.hold(images.flatMap(({ config }) => config.rootfs.diff_ids));
  const repository = openRepository(context, images, reference, options);
  const { signal, platform } = options;
  await repository.reach(signal && { signal }); // before anybody is told of layers
  const job: Push = { context, reference, repository, report, signal, uploads: new Map() };
  const plan = await choosePush(context, image, { reference, platform, repository, signal });
  const pushed = 'index' in plan ? await pushIndex(job, plan.index) : await pushImage(job, plan);
  const { digest, size } = pushed;
  // of an index in parts, the parts get no name of their own
  if ('index' in plan || !context.store.indexNamed(reference))
    context.store.refer([{ domain: reference.domain, path: reference.path, digest }], { id: image.id });
  report({ status: `${reference.tag}: digest: ${digest} size: ${size}` });
  if ('insteadOf' in plan && plan.insteadOf) report(insteadOf(plan.insteadOf, pushed));
  const name = familiarName(reference);
  publish(context.events, 'push', { image, actorId: name, name: familiarRepository(reference) });
  return { digest, size };
}

/** Clients tell their users by this that a part was pushed for the whole. */
const insteadOf = (originalIndex: Descriptor, selectedManifest: Descriptor): TransferProgress => ({
  status: '',
  aux: { manifestPushedInsteadOfIndex: true, originalIndex, selectedManifest },
});

function absent({ store }: ImageContext, reference: Reference): never {
  throw notFound(
    store.tagsOf(repositoryOf(reference)).length > 0
      ? `tag does not exist: ${familiarName(reference)}`
      : `An image does not exist locally with the tag: ${familiarRepository(reference)}`,
  );
}

/** Repositories of the same registry that may have layers of these images: their blobs are linked instead of sent. */
function openRepository(
  { registry, store }: ImageContext,
  images: readonly Image[],
  reference: Reference,
  { auth }: TransferOptions,
): Repository {
  const sources = images
    .flatMap(({ config }) => config.rootfs.diff_ids)
    .flatMap((diffId) => store.blobs.of(diffId))
    .flatMap(({ digest }) => siblingsOf(store, digest, reference));
  const mountFrom = [...new Set(sources)].slice(0, 5);
  return registry.repository(reference, { actions: 'push', mountFrom, ...(auth && { auth }) });
}

export function siblingsOf(
  store: ImageContext['store'],
  digest: Digest,
  { domain, path }: Reference,
): string[] {
  return store.blobs
    .sourcesOf(digest)
    .map((name) => parseReference(name))
    .filter((source) => source.domain === domain && source.path !== path)
    .map((source) => source.path);
}

/** One image under the tag, by the manifest that it has or by one made of its layers. */
async function pushImage(
  job: Push,
  { image, manifest }: { image: Image; manifest: Descriptor | undefined },
): Promise<Descriptor> {
  const pushed = await pushBlobs(job, image, manifest);
  await putManifest(job, pushed, job.reference.tag ?? 'latest');
  return pushed.descriptor;
}

/** All images of an index that are here, what is filed beside them, and the index itself under the tag. */
async function pushIndex(job: Push, index: IndexRecord): Promise<Descriptor> {
  const { context, repository, reference } = job;
  for (const image of imagesOf(context.store, index)) {
    const descriptor = index.variants.get(image.id) as Descriptor;
    const pushed = await pushBlobs({ ...job, exact: true }, image, descriptor);
    if (pushed.descriptor.digest !== descriptor.digest)
      throw internal(`manifest ${descriptor.digest} can't be written as the index has it`);
    await putManifest(job, pushed, descriptor.digest);
  }
  for (const entry of index.entries.filter(({ digest }) => index.attached.has(digest)))
    await pushAttestation(job, entry);
  const { mediaType } = index.descriptor;
  await repository.putManifest(
    reference.tag ?? 'latest',
    { mediaType, content: index.document },
    signalled(job),
  );
  return index.descriptor;
}

async function pushAttestation(job: Push, entry: Descriptor): Promise<void> {
  const kept = await keptManifest(job.context, entry);
  if (!kept) return;
  for (const blob of [kept.document.config, ...kept.document.layers])
    await job.repository.upload(sourceOf(job.context, blob), signalled(job));
  await putManifest(job, kept, entry.digest);
}

async function pushBlobs(job: Push, image: Image, manifest: Descriptor | undefined): Promise<ManifestOf> {
  const { context, report } = job;
  const diffIds = image.config.rootfs.diff_ids;
  for (const diffId of diffIds) report({ id: shortId(diffId), status: 'Preparing' });
  const kept = await keptManifest(context, manifest, (layer) => isFit(job, layer));
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
  const pushed = kept ?? (await recordManifest(context, image, layers));
  await job.repository.upload(sourceOf(context, pushed.document.config), signalled(job));
  return pushed;
}

const signalled = ({ signal }: Push): { signal?: AbortSignal } => (signal ? { signal } : {});

/** Whether a layer can be pushed as a manifest names it: it can be had, and is compressed unless it came so from a registry. */
async function isFit(job: Push, { digest, mediaType }: Descriptor): Promise<boolean> {
  const { content, store } = job.context;
  if (!job.exact && !isCompressed({ mediaType }) && store.blobs.sourcesOf(digest).length === 0) return false;
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

async function putManifest(job: Push, manifest: ManifestOf, tagOrDigest: string): Promise<void> {
  const { context, reference, repository } = job;
  const { descriptor, content, document } = manifest;
  const { mediaType } = descriptor;
  await repository.putManifest(tagOrDigest, { mediaType, content }, signalled(job));
  const blobs = [document.config, ...document.layers].map(({ digest }) => digest);
  context.store.blobs.addSources(blobs, repositoryOf(reference));
}

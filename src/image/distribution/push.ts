import { createReadStream } from 'node:fs';
import { shortId } from '../../lib/id.ts';
import { mapPool } from '../../lib/pool.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { familiarName, familiarRepository, type Reference, repositoryOf } from '../../oci/reference.ts';
import type { Repository } from '../../registry/client/types.ts';
import type { ImageContext } from '../context.ts';
import { meter } from '../progress.ts';
import { publish } from '../publish.ts';
import { siblingsOf } from '../push.ts';
import type { Distribution } from './types.ts';
import type { Written } from './written.ts';

type PushOptions = Parameters<Distribution['push']>[1];

interface Job extends PushOptions {
  readonly context: ImageContext;
  readonly repository: Repository;
  readonly reference: Reference;
}

/** Brings what was written to a registry: blobs, then manifests, then what names them. */
export async function pushDistribution(
  context: ImageContext,
  { images, index, root }: Written,
  reference: Reference,
  options: PushOptions,
): Promise<void> {
  const { auth, signal } = options;
  const repository = context.registry.repository(reference, { actions: 'push', ...(auth && { auth }) });
  await repository.reach({ signal });
  const job: Job = { ...options, context, repository, reference };
  const layers = images.flatMap(({ document }) => document.layers);
  await mapPool(
    unique(layers),
    5,
    (layer, poolSignal) => upload({ ...job, signal: poolSignal }, layer, true),
    { signal },
  );
  for (const { document, manifest, attached } of images) {
    await upload(job, document.config, false);
    if (index) await putManifest(job, manifest, manifest.digest);
    for (const { entry, blobs } of attached) {
      for (const blob of unique(blobs)) await upload(job, blob, false);
      await putManifest(job, entry, entry.digest);
    }
  }
  await putManifest(job, root, reference.tag ?? root.digest);
  const blobs = images.flatMap(({ document }) => [document.config, ...document.layers]);
  context.store.blobs.addSources(
    blobs.map(({ digest }) => digest),
    repositoryOf(reference),
  );
  tellStore(context, reference, root, index?.descriptor.digest);
}

/** An image of the store that has this name has it with the digest from now on. */
function tellStore(
  { store, events }: ImageContext,
  reference: Reference,
  root: Descriptor,
  index: Digest | undefined,
): void {
  const { domain, path, tag } = reference;
  const image = tag === undefined ? undefined : store.named(reference);
  const isMeant = index === undefined || store.indexNamed(reference)?.descriptor.digest === index;
  if (!image || !isMeant) return;
  store.refer([{ domain, path, digest: root.digest }], { id: image.id, index });
  publish(events, 'push', { image, actorId: familiarName(reference), name: familiarRepository(reference) });
}

const unique = (blobs: readonly Descriptor[]): Descriptor[] => [
  ...new Map(blobs.map((blob) => [blob.digest, blob])).values(),
];

async function upload(job: Job, { digest, size }: Descriptor, told: boolean): Promise<void> {
  const { context, repository, reference, signal, onProgress } = job;
  const id = shortId(digest);
  const source = {
    digest,
    size,
    open: (offset: number) =>
      createReadStream(context.content.pathOf(digest), { start: offset, highWaterMark: 1 << 18 }),
  };
  const report = told ? onProgress : undefined;
  const result = await context.uploadSlots.run(
    () =>
      repository.upload(source, {
        mountFrom: siblingsOf(context.store, digest, reference),
        onBytes: meter(report, { id, status: 'Pushing', total: size }),
        signal,
      }),
    { signal },
  );
  report?.({
    id,
    status: result.done === 'uploaded' ? 'Pushed' : 'Layer already exists',
    current: size,
    total: size,
  });
}

async function putManifest(
  { context, repository, signal }: Job,
  { digest, mediaType }: Descriptor,
  name: string,
): Promise<void> {
  const content = await context.content.read(digest);
  await repository.putManifest(name, { mediaType, content }, { signal });
}

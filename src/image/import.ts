import type { Digest } from '../oci/digest.ts';
import { hostPlatform } from '../oci/platform.ts';
import { decompressed } from './archive/decompress.ts';
import { sniffLayer } from './archive/archived-image.ts';
import { collectBlobs, discardLayers } from './collect.ts';
import type { ImageContext } from './context.ts';
import { createImage } from './create.ts';
import { publish } from './publish.ts';
import type { Image, Images } from './types.ts';

type ImportOptions = Parameters<Images['importRootfs']>[1];

/** Makes an image of one layer from the archive of a root file system, however it is compressed. */
export async function importRootfs(
  context: ImageContext,
  archive: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<Image> {
  const made: Digest[] = [];
  try {
    return await importLeased(context, archive, options, made);
  } catch (error) {
    await discardLayers(context, made);
    collectBlobs(context);
    throw error;
  }
}

async function importLeased(
  context: ImageContext,
  archive: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  made: Digest[],
): Promise<Image> {
  const { content, snapshots, store, leases } = context;
  const signalled = options.signal ? { signal: options.signal } : {};
  using _blobs = content.lease();
  const blob = await content.ingest({}, () => decompressed(archive), signalled);
  const diffId = blob.digest;
  using _layer = leases.hold([diffId]);
  const known = snapshots.layer(diffId) !== undefined;
  await snapshots.apply({ path: content.pathOf(blob.digest), diffId }, signalled);
  if (!known) made.push(diffId);
  store.blobs.add({ ...blob, diffId, mediaType: sniffLayer(content, blob) });
  const image = await createImage(context, configFor(diffId, options), {
    event: 'import',
    ...(options.reference && { tags: [options.reference] }),
  });
  publish(context.events, 'import', { image });
  return image;
}

function configFor(diffId: Digest, { changes, message, platform }: ImportOptions) {
  const created = new Date().toISOString();
  return {
    created,
    ...(platform ?? hostPlatform()),
    config: changes ?? {},
    rootfs: { type: 'layers' as const, diff_ids: [diffId] },
    history: [{ created, comment: message ?? 'Imported from -' }],
  };
}

import { EngineError } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import type { Images } from './types.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'leases' | 'logger'>;
type InUseBy = Parameters<Images['remove']>[1]['inUseBy'];

/** Deletes what nothing needs: layers, then blobs. Returns the bytes freed. */
export async function collect(
  context: Context,
  isUsed: (diffId: Digest) => boolean = () => false,
): Promise<number> {
  const { store, snapshots } = context;
  for (const { id, diffIds } of store.retained()) if (!diffIds.some(isUsed)) store.release(id);
  const unneeded = snapshots.layers().filter(({ diffId }) => !isNeeded(context, diffId) && !isUsed(diffId));
  const layers = await removeLayers(
    context,
    unneeded.map(({ diffId }) => diffId),
  );
  return layers + collectBlobs(context);
}

/**
 * The same for the layers of images that were just deleted, and of those whose last container is gone by now. Counted are the layers, as in
 * Docker.
 */
export async function collectLayers(
  context: Context,
  layers: readonly Digest[],
  inUseBy: InUseBy,
): Promise<number> {
  const released = context.store.retained().filter(({ id }) => !inUseBy(id));
  for (const { id } of released) context.store.release(id);
  const candidates = new Set([...layers, ...released.flatMap(({ diffIds }) => diffIds)]);
  if (candidates.size === 0) return 0;
  const freed = await removeLayers(context, [...candidates]);
  collectBlobs(context);
  return freed;
}

/** Undoes layers of work that failed; those that something else needs by now stay. */
export async function discardLayers(context: Context, layers: readonly Digest[]): Promise<void> {
  await removeLayers(context, layers);
}

/** Whether an image, a container of a deleted image, or work in flight needs a layer. */
function isNeeded({ store, leases }: Pick<Context, 'store' | 'leases'>, diffId: Digest): boolean {
  return store.usesLayer(diffId) || leases.has(diffId);
}

async function removeLayers(context: Context, layers: readonly Digest[]): Promise<number> {
  let freed = 0;
  for (const diffId of layers) {
    // asked anew each time: while one was removed, a pull may have begun that needs the next
    if (!isNeeded(context, diffId)) freed += await removeLayer(context, diffId);
  }
  return freed;
}

async function removeLayer({ snapshots, logger }: Context, diffId: Digest): Promise<number> {
  const size = snapshots.layer(diffId)?.size ?? 0;
  try {
    await snapshots.removeLayer(diffId);
    return size;
  } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'conflict')) throw error;
    logger.debug('layer is still in use', { diffId }); // by a snapshot; collected when that is gone
    return 0;
  }
}

/** Deletes blobs that are neither documents of images nor archives of needed layers. */
export function collectBlobs(context: Pick<Context, 'store' | 'content' | 'leases'>): number {
  const { store, content } = context;
  const kept = new Set<Digest>([...store.referredDigests(), ...store.indexes.blobs()]);
  for (const { id, manifest } of store.all()) {
    kept.add(id);
    if (manifest) kept.add(manifest.digest);
  }
  for (const { diffId, digest } of store.blobs.all()) if (isNeeded(context, diffId)) kept.add(digest);
  const isKept = (digest: Digest): boolean => kept.has(digest);
  const freed = content.collect(isKept);
  store.blobs.prune(isKept);
  return freed;
}

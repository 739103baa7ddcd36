import { EngineError } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import { collectBlobs, collectLayers } from './collect.ts';
import type { ImageContext } from './context.ts';
import { type Removal, removeRecords } from './remove.ts';
import type { Image, Images, RemovedImage } from './types.ts';

type PruneOptions = Parameters<Images['prune']>[0];

/** Docker's `image prune`: images without a tag, or all that no container uses, and what only they needed. */
export async function prune(
  context: ImageContext,
  options: PruneOptions,
): Promise<{ removed: RemovedImage[]; freed: number }> {
  const inUseBy = (id: Digest): { id: string; running: boolean } | undefined =>
    options.isUsed(id) ? { id, running: false } : undefined;
  const removal: Removal = { context, options: { inUseBy }, records: [], layers: [] };
  for (const image of context.store.list().filter((candidate) => isWanted(context, candidate, options)))
    removeNames(removal, image, options.usedNames);
  const freed = await collectLayers(context, removal.layers, inUseBy);
  collectBlobs(context); // also manifests that were written for an archive or a push
  context.events.publish({
    type: 'image',
    action: 'prune',
    actorId: '',
    attributes: { reclaimed: String(freed) },
  });
  return { removed: removal.records, freed };
}

function isWanted({ store }: ImageContext, image: Image, { all, filter }: PruneOptions): boolean {
  const isIntermediate =
    image.tags.length + image.digests.length === 0 && store.childrenOf(image.id).length > 0;
  return (all || image.tags.length === 0) && !isIntermediate && (filter?.(image) ?? true);
}

/** Takes all names of an image, which deletes it; one that something needs after all is left. */
function removeNames(removal: Removal, image: Image, used: ReadonlySet<string> = new Set()): void {
  const names = [...image.tags, ...image.digests];
  for (const name of names.length > 0 ? names.filter((each) => !used.has(each)) : [image.id]) {
    try {
      removeRecords(removal, name);
    } catch (error) {
      if (!(error instanceof EngineError) || !['conflict', 'not-found'].includes(error.kind)) throw error;
    }
  }
}

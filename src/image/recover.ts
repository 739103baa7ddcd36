import { messageOf } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import { keptBlobs } from './layer-archive.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'logger'>;

/**
 * Layers are brought to disk a moment after they were made; when the machine loses power before that, images are left without them. Those
 * whose archive is whole are extracted again; of others it is said what helps.
 */
export async function recoverLayers(context: Context): Promise<void> {
  const { store, snapshots, logger } = context;
  for (const { id, tags, config } of store.all()) {
    const lost = config.rootfs.diff_ids.filter((diffId) => !snapshots.layer(diffId));
    for (const diffId of lost) {
      if (await extractAgain(context, diffId)) continue;
      logger.warn('an image lost a layer when the machine stopped: pull, load or build it again', {
        image: tags[0] ?? id,
        layer: diffId,
      });
    }
  }
}

async function extractAgain(context: Context, diffId: Digest): Promise<boolean> {
  for (const { digest } of keptBlobs(context, diffId)) {
    try {
      await context.snapshots.apply({ path: context.content.pathOf(digest), diffId });
      return true;
    } catch (error) {
      context.logger.warn('an archive of a layer is of no use', { digest, error: messageOf(error) });
    }
  }
  return false;
}

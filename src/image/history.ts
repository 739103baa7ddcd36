import type { Digest } from '../oci/digest.ts';
import { internal } from '../lib/errors.ts';
import type { ImageContext } from './context.ts';
import type { Platform } from '../oci/platform.ts';
import { getVariant } from './find.ts';
import type { Image, Images } from './types.ts';

type Step = ReturnType<Images['history']>[number];

/** The steps that made an image, newest first. Those whose images are in the store carry id and tags. */
export function history(
  { store, snapshots }: Pick<ImageContext, 'store' | 'snapshots'>,
  nameOrId: string,
  platform?: Platform,
): Step[] {
  const image = getVariant(store, nameOrId, platform);
  const sizeOf = (diffId: Digest): number => snapshots.layer(diffId)?.size ?? 0;
  const steps = stepsOf(image, sizeOf).reverse();
  let current: Image | undefined = image;
  return steps.map((step) => {
    const owner = current;
    current = owner?.parent && store.get(owner.parent);
    return owner ? { ...step, id: owner.id, tags: [...owner.tags] } : step;
  });
}

function stepsOf({ config }: Image, sizeOf: (diffId: Digest) => number): Step[] {
  let layers = 0;
  return (config.history ?? []).map((entry) => {
    const diffId = entry.empty_layer ? undefined : config.rootfs.diff_ids[layers++];
    if (!entry.empty_layer && diffId === undefined)
      throw internal('too many non-empty layers in History section');
    return {
      created: new Date(Date.parse(entry.created ?? '') || 0),
      createdBy: entry.created_by ?? '',
      size: diffId ? sizeOf(diffId) : 0,
      comment: entry.comment ?? '',
      tags: [],
    };
  });
}

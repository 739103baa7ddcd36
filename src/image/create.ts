import { conflict } from '../lib/errors.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import { familiarName, type Reference, withDefaultTag } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import { parseConfig } from './documents.ts';
import { publish } from './publish.ts';
import type { NewImage } from './store.ts';
import type { Image } from './types.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'events' | 'leases'>;

/** Records an image made here, of layers that the snapshotter has. */
export async function createImage(
  context: Context,
  config: ImageConfig,
  options: { tags?: readonly Reference[]; parent?: Digest; event?: 'create' | 'import' } = {},
): Promise<Image> {
  using _layers = context.leases.hold(config.rootfs.diff_ids);
  using _blobs = context.content.lease();
  const document = Buffer.from(JSON.stringify(config));
  await context.content.put(document);
  const tags = (options.tags ?? []).map(withDefaultTag);
  const image = recordImage(context, {
    config: document,
    references: tags,
    parent: options.parent,
    tagged: tags.length > 0 ? new Date() : undefined,
  });
  if (options.event !== 'import') publish(context.events, 'create', { image });
  for (const tag of tags) publish(context.events, 'tag', { image, name: familiarName(tag) });
  return image;
}

/** Records an image whose config and layers are there. */
export function recordImage(
  { store, snapshots }: Pick<ImageContext, 'store' | 'snapshots'>,
  given: Omit<NewImage, 'id' | 'size'>,
): Image {
  const id = digestOf(given.config);
  const config = parseConfig(given.config, id);
  let size = 0;
  for (const diffId of config.rootfs.diff_ids) {
    const layer = snapshots.layer(diffId);
    if (!layer) throw conflict(`layer ${diffId} of image ${id} does not exist`);
    size += layer.size;
  }
  return store.record({ ...given, id, size }, new Date(Date.parse(config.created ?? '') || 0));
}

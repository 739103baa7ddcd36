import { familiarName, type Reference, withDefaultTag } from '../../oci/reference.ts';
import type { ImageContext } from '../context.ts';
import { recordImage } from '../create.ts';
import { publish } from '../publish.ts';
import type { Image } from '../types.ts';
import type { Written, WrittenImage } from './written.ts';

type Context = Pick<ImageContext, 'store' | 'snapshots' | 'events'>;

/** Makes images of the store of what was written; names mean the index where there is one. */
export function record(context: Context, written: Written, tags: readonly Reference[]): Image {
  const references = tags.map(withDefaultTag);
  const images = written.images.map((image) => recordOne(context, written, image, references));
  const [first] = references;
  const image = (first && context.store.named(first)) ?? (images[0] as Image);
  publish(context.events, 'create', { image });
  for (const tag of references) publish(context.events, 'tag', { image, name: familiarName(tag) });
  return image;
}

function recordOne(
  context: Context,
  { index }: Written,
  { config, manifest, layers, parent, attached }: WrittenImage,
  references: readonly Reference[],
): Image {
  const { mediaType, digest, size } = manifest;
  return recordImage(context, {
    config,
    references,
    parent,
    manifest: { mediaType, digest, size },
    blobs: layers,
    tagged: references.length > 0 ? new Date() : undefined,
    index: index && {
      ...index,
      entry: manifest,
      attached: attached.flatMap(({ entry, blobs }) => [entry, ...blobs].map((blob) => blob.digest)),
    },
  });
}

import { invalid } from '../lib/errors.ts';
import { familiarName, type Reference, withDefaultTag } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import { getImage, indexOf } from './find.ts';
import { publish } from './publish.ts';

/** Makes a tag point to an image; it leaves the one that it pointed to. */
export function tag(
  { store, events }: Pick<ImageContext, 'store' | 'events'>,
  nameOrId: string,
  target: Reference,
): void {
  if (target.digest !== undefined) throw invalid('refusing to create a tag with a digest reference');
  const reference = withDefaultTag(target);
  const source = getImage(store, nameOrId);
  const index = indexOf(store, nameOrId, source)?.descriptor.digest;
  const image = store.refer([reference], { id: source.id, index, tagged: new Date() });
  publish(events, 'tag', { image, name: familiarName(reference) });
}

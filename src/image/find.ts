import { EngineError, notFound } from '../lib/errors.ts';
import { isDigest } from '../oci/digest.ts';
import { formatPlatform, type Platform, platformMatches } from '../oci/platform.ts';
import { familiarName, parseReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import { bestPlatform } from './choose-platform.ts';
import type { IndexRecord } from './index-records.ts';
import type { ImageStore } from './store.ts';
import type { Image } from './types.ts';

/** The image that a name (tag `latest` where none is given), a digest reference, an id or the start of one means; names go first. */
export function findImage(store: ImageStore, nameOrId: string): Image | undefined {
  if (isDigest(nameOrId)) return store.get(nameOrId) ?? ofIndex(store, store.indexes.get(nameOrId));
  const reference = referenceIn(nameOrId);
  return (reference && store.named(withDefaultTag(reference))) ?? byPrefix(store, nameOrId);
}

/** The index that a name or an id means, where the image came by one. */
export function indexOf(store: ImageStore, nameOrId: string, image: Image): IndexRecord | undefined {
  if (isDigest(nameOrId) && store.indexes.get(nameOrId)) return store.indexes.get(nameOrId);
  const reference = isIdOf(image, nameOrId) ? undefined : referenceIn(nameOrId);
  return reference ? store.indexNamed(withDefaultTag(reference)) : store.indexes.get(image.index?.digest);
}

/** The image of a platform that a name or an id means. Throws Docker's texts. */
export function getVariant(store: ImageStore, nameOrId: string, wanted: Platform | undefined): Image {
  const image = getImage(store, nameOrId);
  const found = wanted ? variantOf(store, nameOrId, image, wanted) : image;
  if (found) return found;
  const platform = wanted ? formatPlatform(wanted) : '';
  throw notFound(
    indexOf(store, nameOrId, image)
      ? `image with reference ${nameOrId} was found but does not provide the specified platform (${platform})`
      : `image with reference ${nameOrId} was found but its platform (${formatPlatform(image.config)}) does not match the specified platform (${platform})`,
  );
}

/** The image itself where it is of this platform, else the one beside it in its index that is. */
export function variantOf(
  store: ImageStore,
  nameOrId: string,
  image: Image,
  wanted: Platform,
): Image | undefined {
  if (platformMatches(image.config, wanted)) return image;
  const variants = imagesOf(store, indexOf(store, nameOrId, image));
  return variants.find(({ config }) => platformMatches(config, wanted));
}

/** The images of an index that are here. */
export const imagesOf = (store: ImageStore, index: IndexRecord | undefined): Image[] =>
  [...(index?.variants.keys() ?? [])].flatMap((id) => store.get(id) ?? []);

function ofIndex(store: ImageStore, index: IndexRecord | undefined): Image | undefined {
  const images = imagesOf(store, index);
  return bestPlatform(images, ({ config }) => config) ?? images[0];
}

export function getImage(store: ImageStore, nameOrId: string): Image {
  const image = findImage(store, nameOrId);
  if (image) return image;
  if (isId(nameOrId)) throw notFound(`No such image: ${nameOrId}`);
  throw notFound(`No such image: ${familiarName(withDefaultTag(parseReference(nameOrId)))}`);
}

const isId = (text: string): boolean => isDigest(text) || /^[a-f0-9]{64}$/.test(text);

/** Whether this is how the image's own id begins, as opposed to a name of it. */
export const isIdOf = (image: Image, nameOrId: string): boolean =>
  image.id.startsWith(nameOrId) || image.id.startsWith(`sha256:${nameOrId}`);

function byPrefix(store: ImageStore, text: string): Image | undefined {
  const digits = text.replace(/^sha256:/, '');
  if (!/^[a-f0-9]{1,64}$/.test(digits)) return undefined;
  const [id, second] = store.withPrefix(digits);
  return id && !second ? store.get(id) : undefined;
}

function referenceIn(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

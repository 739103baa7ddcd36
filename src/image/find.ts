import { EngineError, notFound } from '../lib/errors.ts';
import { isDigest } from '../oci/digest.ts';
import { familiarName, parseReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import type { ImageStore } from './store.ts';
import type { Image } from './types.ts';

/** The image that a name (tag `latest` where none is given), a digest reference, an id or the start of one means; names go first. */
export function findImage(store: ImageStore, nameOrId: string): Image | undefined {
  if (isDigest(nameOrId)) return store.get(nameOrId);
  const reference = referenceIn(nameOrId);
  return (reference && store.named(withDefaultTag(reference))) ?? byPrefix(store, nameOrId);
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

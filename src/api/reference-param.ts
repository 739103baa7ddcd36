import { invalid } from '../lib/errors.ts';
import { isDigest } from '../oci/digest.ts';
import { familiarRepository, parseReference, type Reference } from '../oci/reference.ts';

/** The name and the tag (or digest) that clients send apart. */
export function joinReference(name: string, tag: string | undefined): Reference {
  const reference = parseReference(name);
  if (tag === undefined) return reference;
  if (isDigest(tag)) return { ...reference, digest: tag };
  if (!/^\w[\w.-]{0,127}$/.test(tag)) throw invalid('invalid tag format');
  return parseReference(`${familiarRepository(reference)}:${tag}`);
}

/** A reference that must not have a digest, as new names. */
export function newName(name: string, tag: string | undefined): Reference {
  const reference = joinReference(name, tag);
  if (reference.digest !== undefined) throw invalid('refusing to create a tag with a digest reference');
  if (reference.domain === 'docker.io' && reference.path === 'library/sha256')
    throw invalid('refusing to create an ambiguous tag using digest algorithm as name');
  return reference;
}

import { invalid } from '../../lib/errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { isDigest } from '../../oci/digest.ts';

/** The JSON object that a stranger's document is. Throws `invalid`, naming the place, where it is none. */
export function objectOf(content: Buffer, place: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw invalid(`${place}: no valid JSON`, error);
  }
  throw invalid(`${place}: no JSON object`);
}

/** A member of such a document that names a blob. Throws `invalid` where it names none. */
export function descriptorOf(value: unknown, place: string): Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Descriptor>;
  if (typeof digest !== 'string' || !isDigest(digest) || typeof mediaType !== 'string')
    throw invalid(`${place}: no descriptor`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(`${place}: invalid size`);
  return value as Descriptor;
}

import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { ImageContext } from './context.ts';
import { parseManifest } from './documents.ts';
import { getImage, getVariant, indexOf } from './find.ts';
import type { Attestation } from './types.ts';

/*
 * BuildKit files what it says about an image (provenance, contents) as a manifest beside it in the index: of an unknown platform, with the
 * image's manifest in an annotation, and one layer per in-toto statement
 * (https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md).
 */
const TYPE = 'vnd.docker.reference.type';
const SUBJECT = 'vnd.docker.reference.digest';
const PREDICATE = 'in-toto.io/predicate-type';
const LARGEST = 32 << 20;

/** The manifest that an entry of an index is an attestation of. */
export function subjectOf({ annotations }: Descriptor): Digest | undefined {
  if (annotations?.[TYPE] !== 'attestation-manifest') return undefined;
  const digest = annotations[SUBJECT] ?? '';
  return isDigest(digest) ? digest : undefined;
}

/** The entries of an index that are about one of its manifests. */
export const attestationsOf = (entries: readonly Descriptor[], manifest: Digest): Descriptor[] =>
  entries.filter((entry) => subjectOf(entry) === manifest);

/** The statements about the image that a name means, as far as they are here. */
export async function readAttestations(
  { store, content }: Pick<ImageContext, 'store' | 'content'>,
  nameOrId: string,
  platform: Platform | undefined,
): Promise<Attestation[]> {
  const image = getVariant(store, nameOrId, platform);
  const index = indexOf(store, nameOrId, getImage(store, nameOrId));
  const manifest = index?.variants.get(image.id);
  if (!index || !manifest) return [];
  const found: Attestation[] = [];
  for (const { digest } of attestationsOf(index.entries, manifest.digest)) {
    if (!content.stat(digest)) continue;
    const { layers } = parseManifest(await content.read(digest), `manifest ${digest}`);
    for (const layer of layers) {
      const predicateType = layer.annotations?.[PREDICATE];
      if (typeof predicateType !== 'string' || !content.stat(layer.digest)) continue;
      found.push({
        descriptor: layer,
        predicateType,
        statement: await content.read(layer.digest, LARGEST),
      });
    }
  }
  return found;
}

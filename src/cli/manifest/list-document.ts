import { mediaTypes } from '../../oci/descriptor.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import { ExitError } from '../exit-code.ts';
import { type ImageManifest, platformOf } from './image-manifest.ts';

/** The list of images under one name, byte for byte as it is pushed. Throws for images of another registry. */
export function listDocument(
  list: Reference,
  images: readonly ImageManifest[],
): { mediaType: string; text: string } {
  for (const { Ref } of images) checkDomain(parseReference(Ref), list);
  const isOci = images[0]?.Descriptor.mediaType === mediaTypes.ociManifest;
  const mediaType = isOci ? mediaTypes.ociIndex : mediaTypes.dockerList;
  const manifests = images.map(({ Descriptor: { mediaType: type, size, digest, platform } }) => ({
    mediaType: type,
    size,
    digest,
    platform: platformOf(platform),
  }));
  return { mediaType, text: JSON.stringify({ schemaVersion: 2, mediaType, manifests }, undefined, 3) };
}

function checkDomain({ domain }: Reference, list: Reference): void {
  if (domain === list.domain) return;
  throw new ExitError(
    1,
    `cannot use source images from a different registry than the target image: ${domain} != ${list.domain}`,
  );
}

import { type Descriptor, isManifestType } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Manifest } from '../../oci/manifest.ts';
import { type Platform, platformMatches } from '../../oci/platform.ts';
import { attestationsOf } from '../attestations.ts';
import { isAttestation } from '../choose-platform.ts';
import { parseIndex, parseManifest } from '../documents.ts';
import type { ArchivedImage } from './archived-image.ts';
import { readImage } from './oci-image.ts';
import { pathOf, type StagedFiles, within } from './staged-files.ts';

/**
 * The images of an index that are whole in the archive: what saved it may have left out platforms that it did not have. Empty for an index
 * that lists no images itself.
 */
export async function readIndex(
  files: StagedFiles,
  entry: Descriptor,
  platforms: readonly Platform[],
): Promise<ArchivedImage[]> {
  const path = pathOf(entry.digest);
  const document = await files.document(path, 'index.json');
  const { manifests } = within(path, () => parseIndex(document, 'document'));
  const { mediaType, digest } = entry;
  const descriptor = { mediaType, digest, size: document.length };
  const images: ArchivedImage[] = [];
  for (const each of manifests) {
    if (isAttestation(each) || !(await blobsOf(files, each)).isWhole) continue;
    const image = await readImage(files, each);
    const isWanted =
      platforms.length === 0 || platforms.some((wanted) => platformMatches(image.config, wanted));
    if (!isWanted) continue;
    const attached: Digest[] = [];
    for (const attestation of attestationsOf(manifests, each.digest))
      attached.push(...(await blobsOf(files, attestation)).here);
    images.push({ ...image, index: { descriptor, document, entry: each, attached } });
  }
  return images;
}

/** What of a manifest and of the blobs that it names is in the archive. */
async function blobsOf(
  files: StagedFiles,
  { mediaType, digest }: Descriptor,
): Promise<{ here: Digest[]; isWhole: boolean }> {
  const path = pathOf(digest);
  if (!isManifestType(mediaType) || !files.has(path)) return { here: [], isWhole: false };
  const content = await files.document(path, 'index.json');
  const { config, layers }: Manifest = within(path, () => parseManifest(content, 'document'));
  const blobs = [config, ...layers].map((blob) => blob.digest);
  const here = blobs.filter((blob) => files.has(pathOf(blob)));
  return { here: [digest, ...here], isWhole: here.length === blobs.length };
}

import type { Descriptor } from '../oci/descriptor.ts';
import { isManifestType } from '../oci/descriptor.ts';
import type { Platform } from '../oci/platform.ts';
import { subjectOf } from './attestations.ts';
import { isAttestation } from './choose-platform.ts';
import type { ImageContext } from './context.ts';
import { parseManifest } from './documents.ts';
import { getImage, indexOf } from './find.ts';
import type { Image, ImageManifest } from './types.ts';

type Context = Pick<ImageContext, 'store' | 'content'>;

/** What a name or id means in a registry. */
export function targetOf({ store }: Context, nameOrId: string): Descriptor | undefined {
  const image = getImage(store, nameOrId);
  return indexOf(store, nameOrId, image)?.descriptor ?? image.manifest;
}

/** All manifests behind a name: those of its index, whether they are here or not, else that of the image. */
export async function manifestsOf(context: Context, nameOrId: string): Promise<ImageManifest[]> {
  const { store } = context;
  const image = getImage(store, nameOrId);
  const index = indexOf(store, nameOrId, image);
  if (!index) return image.manifest ? [await describe(context, image.manifest, image)] : [];
  const images = new Map([...index.variants].map(([id, { digest }]) => [digest, store.get(id)]));
  return Promise.all(index.entries.map((entry) => describe(context, entry, images.get(entry.digest))));
}

async function describe(
  context: Context,
  entry: Descriptor,
  image: Image | undefined,
): Promise<ImageManifest> {
  const { contentSize, isWhole } = await measure(context, entry);
  if (image) {
    const descriptor = { ...entry, platform: entry.platform ?? platformOf(image) };
    return { descriptor, kind: 'image', available: true, contentSize, image };
  }
  const subject = subjectOf(entry);
  if (subject) return { descriptor: entry, kind: 'attestation', available: isWhole, contentSize, subject };
  const kind =
    isManifestType(entry.mediaType) && !isAttestation(entry) && entry.platform ? 'image' : 'unknown';
  return { descriptor: entry, kind, available: false, contentSize };
}

const platformOf = ({ config: { os, architecture, variant } }: Image): Platform => ({
  os,
  architecture,
  ...(variant !== undefined && { variant }),
});

/** How much of a manifest and of what it names is in the content store. */
async function measure(
  { content }: Context,
  { digest, size, mediaType }: Descriptor,
): Promise<{ contentSize: number; isWhole: boolean }> {
  if (!isManifestType(mediaType) || !content.stat(digest)) return { contentSize: 0, isWhole: false };
  const { config, layers } = parseManifest(await content.read(digest), `manifest ${digest}`);
  const blobs = [...new Map([config, ...layers].map((blob) => [blob.digest, blob])).values()];
  const here = blobs.filter((blob) => content.stat(blob.digest));
  return {
    contentSize: here.reduce((sum, blob) => sum + blob.size, size),
    isWhole: here.length === blobs.length,
  };
}

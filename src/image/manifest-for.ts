import { type Descriptor, mediaTypes } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { ImageContext } from './context.ts';
import { parseManifest } from './documents.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image } from './types.ts';

export interface ManifestOf {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
  readonly document: Manifest;
}

/** A manifest that an image came with, when all that it names can still be had (`isHad`; default: is in the store). */
export async function keptManifest(
  { content }: Pick<ImageContext, 'content'>,
  descriptor: Descriptor | undefined,
  isHad: (blob: Descriptor) => boolean | Promise<boolean> = (blob) => content.stat(blob.digest) !== undefined,
): Promise<ManifestOf | undefined> {
  if (!descriptor || !content.stat(descriptor.digest)) return undefined;
  const bytes = await content.read(descriptor.digest);
  const document = parseManifest(bytes, `manifest ${descriptor.digest}`);
  for (const layer of document.layers) if (!(await isHad(layer))) return undefined;
  return { descriptor, content: bytes, document };
}

/** A manifest for an image made here: Docker's schema 2, which knows all members of Docker's configs, unless a layer needs OCI's types. */
export function makeManifest(
  { content }: Pick<ImageContext, 'content'>,
  image: Image,
  layers: readonly LayerBlob[],
): ManifestOf {
  const oci = layers.some(({ mediaType }) => mediaType.endsWith('zstd'));
  const config = {
    mediaType: oci ? mediaTypes.ociConfig : mediaTypes.dockerConfig,
    digest: image.id,
    size: content.stat(image.id)?.size ?? 0,
  };
  const document: Manifest = {
    schemaVersion: 2,
    mediaType: oci ? mediaTypes.ociManifest : mediaTypes.dockerManifest,
    config,
    layers: layers.map(({ digest, size, mediaType }) => ({
      mediaType: layerType(mediaType, oci),
      digest,
      size,
    })),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  const mediaType = document.mediaType ?? mediaTypes.ociManifest;
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, content: bytes, document };
}

/** The same compression under the names of the one or the other specification. */
export function layerType(mediaType: string, oci: boolean): string {
  if (mediaType.endsWith('zstd')) return oci ? mediaTypes.ociLayerZstd : mediaTypes.dockerLayerZstd;
  if (mediaType.endsWith('gzip')) return oci ? mediaTypes.ociLayerGzip : mediaTypes.dockerLayerGzip;
  return oci ? mediaTypes.ociLayer : mediaTypes.dockerLayer;
}

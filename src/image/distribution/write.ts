import { createReadStream } from 'node:fs';
import { mapPool } from '../../lib/pool.ts';
import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import type { ImageConfig } from '../../oci/image-config.ts';
import type { Index, Manifest } from '../../oci/manifest.ts';
import type { Platform } from '../../oci/platform.ts';
import type { ImageContext } from '../context.ts';
import { layerType } from '../manifest-for.ts';
import { archiveOf } from './archive.ts';
import { inheritedBlobs, layerBlob } from './layer-blob.ts';
import { pushDistribution } from './push.ts';
import { record } from './record.ts';
import { writeStatements } from './statements.ts';
import type { Annotations, DistributedImage, Distribution, DistributionRequest } from './types.ts';
import { bytesOf, putDocument, type Written, type WrittenImage } from './written.ts';

/** Writes images whose layers are here as documents and archives. The same images and format give the same bytes. */
export async function writeDistribution(
  context: ImageContext,
  request: DistributionRequest,
  signal: AbortSignal,
): Promise<Distribution> {
  using held = new DisposableStack();
  held.use(context.content.lease());
  held.use(context.leases.hold(request.images.flatMap(({ config }) => config.rootfs.diff_ids)));
  const images = await mapPool(
    [...request.images],
    Math.max(1, request.images.length),
    (image, poolSignal) => writeImage(context, image, request, poolSignal),
    { signal },
  );
  const index =
    request.index && (await writeIndex(context, images, request.index.annotations, request.ociTypes));
  const written: Written = { root: index?.descriptor ?? (images[0] as WrittenImage).manifest, images, index };
  const kept = held.move();
  return {
    root: written.root,
    images: images.map(({ manifest, platform, id }) => ({ manifest, platform, id })),
    blobs: blobsOf(written),
    open: (digest) => createReadStream(context.content.pathOf(digest), { highWaterMark: 1 << 18 }),
    record: (tags) => record(context, written, tags),
    push: (reference, options) => pushDistribution(context, written, reference, options),
    archive: (options) => archiveOf(context, written, options),
    [Symbol.dispose]: () => kept.dispose(),
  };
}

async function writeImage(
  context: ImageContext,
  image: DistributedImage,
  { format, ociTypes, index }: DistributionRequest,
  signal: AbortSignal,
): Promise<WrittenImage> {
  const { config, parent, annotations = {}, descriptorAnnotations = {} } = image;
  const diffIds = config.rootfs.diff_ids;
  const inherited = await inheritedBlobs(context, parent && context.store.get(parent), format);
  const layers = await mapPool(
    [...diffIds],
    Math.max(1, diffIds.length),
    async (diffId, poolSignal) => inherited.get(diffId) ?? layerBlob(context, diffId, format, poolSignal),
    { signal },
  );
  const content = Buffer.from(JSON.stringify(config));
  const { digest: id, size } = await context.content.put(content);
  const document: Manifest = {
    schemaVersion: 2,
    mediaType: ociTypes ? mediaTypes.ociManifest : mediaTypes.dockerManifest,
    config: { mediaType: ociTypes ? mediaTypes.ociConfig : mediaTypes.dockerConfig, digest: id, size },
    layers: layers.map((layer) => ({
      mediaType: layerType(layer.mediaType, ociTypes),
      digest: layer.digest,
      size: layer.size,
    })),
    ...some({ annotations }),
  };
  const platform = platformOf(config);
  const manifest = {
    ...(await putDocument(context, document)),
    ...some({ annotations: descriptorAnnotations }),
    platform,
  };
  const statements = index && image.statements ? await image.statements(manifest) : [];
  const attached =
    statements.length > 0
      ? [await writeStatements(context, manifest, statements, index?.asArtifacts ?? false)]
      : [];
  return { id, config: content, parent, platform, manifest, document, layers, attached };
}

/** Attestations stand behind all images, as BuildKit has them. */
async function writeIndex(
  context: ImageContext,
  images: readonly WrittenImage[],
  annotations: Annotations,
  ociTypes: boolean,
): Promise<NonNullable<Written['index']>> {
  const document: Index = {
    schemaVersion: 2,
    mediaType: ociTypes ? mediaTypes.ociIndex : mediaTypes.dockerList,
    manifests: [
      ...images.map(({ manifest }) => manifest),
      ...images.flatMap(({ attached }) => attached.map(({ entry }) => entry)),
    ],
    ...some({ annotations }),
  };
  const descriptor = await putDocument(context, document);
  return { descriptor, document: bytesOf(document) };
}

/** Nothing instead of an empty member. */
const some = ({ annotations }: { annotations: Annotations }): { annotations?: Annotations } =>
  Object.keys(annotations).length > 0 ? { annotations } : {};

const platformOf = ({ architecture, os, variant, 'os.version': version }: ImageConfig): Platform => ({
  architecture,
  os,
  ...(version !== undefined && { 'os.version': version }),
  ...(variant !== undefined && { variant }),
});

/** What is named by others before what names it; each blob once. */
function blobsOf({ images, index }: Written): Descriptor[] {
  const all = [
    ...images.flatMap(({ document, manifest, attached }) => [
      ...document.layers,
      document.config,
      manifest,
      ...attached.flatMap(({ entry, blobs }) => [...blobs, entry]),
    ]),
    ...(index ? [index.descriptor] : []),
  ];
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

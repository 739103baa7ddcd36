import type { Digest } from '../../oci/digest.ts';
import { mediaTypes } from '../../oci/descriptor.ts';
import type { LayerBlob } from '../blob-records.ts';
import type { ImageContext } from '../context.ts';
import { isCompressed, keptBlobs } from '../layer-archive.ts';
import { keptManifest } from '../manifest-for.ts';
import type { Image } from '../types.ts';
import type { LayerFormat } from './types.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'compressSlots'>;

/** An archive of a layer in a format: one that is kept, else one made now, and kept. */
export async function layerBlob(
  context: Context,
  diffId: Digest,
  format: LayerFormat,
  signal: AbortSignal,
): Promise<LayerBlob> {
  const known = (): LayerBlob | undefined =>
    format.level === undefined ? keptBlobs(context, diffId).find((blob) => isOf(blob, format)) : undefined;
  return (
    known() ??
    context.compressSlots.run(async () => known() ?? (await make(context, diffId, format, signal)), {
      signal,
    })
  );
}

/** The same, but whatever compressed archive is kept is good enough unless it is forced. */
export async function anyLayerBlob(
  context: Context,
  diffId: Digest,
  format: LayerFormat,
  signal: AbortSignal,
): Promise<LayerBlob> {
  const kept = format.force ? undefined : keptBlobs(context, diffId).find(isCompressed);
  return kept ?? layerBlob(context, diffId, format, signal);
}

/** The archives in which the layers of an image came, as far as they are kept and compressed; nothing where others are to be made of them. */
export async function inheritedBlobs(
  context: Context,
  parent: Image | undefined,
  { force }: LayerFormat,
): Promise<ReadonlyMap<Digest, LayerBlob>> {
  const manifest = force ? undefined : await keptManifest(context, parent?.manifest);
  const diffIds = parent?.config.rootfs.diff_ids ?? [];
  const layers = (manifest?.document.layers ?? []).map(({ digest, size, mediaType }, at) => {
    const diffId = diffIds[at] as Digest;
    return [diffId, { diffId, digest, size, mediaType }] as const;
  });
  return new Map(layers.filter(([, layer]) => isCompressed(layer)));
}

function isOf({ mediaType }: LayerBlob, { compression }: LayerFormat): boolean {
  return compression === 'uncompressed' ? !isCompressed({ mediaType }) : mediaType.endsWith(compression);
}

const types = {
  gzip: mediaTypes.dockerLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
  uncompressed: mediaTypes.dockerLayer,
} as const;

async function make(
  { store, content, snapshots }: Context,
  diffId: Digest,
  { compression, level }: LayerFormat,
  signal: AbortSignal,
): Promise<LayerBlob> {
  const [plain] =
    compression === 'uncompressed'
      ? []
      : keptBlobs({ store, content }, diffId).filter((blob) => !isCompressed(blob));
  const compress =
    compression === 'uncompressed'
      ? undefined
      : {
          kind: compression,
          ...(level !== undefined && { level }),
          ...(plain && { path: content.pathOf(plain.digest) }),
        };
  const { digest, size } = await content.ingest(
    compression === 'uncompressed' ? { digest: diffId } : {},
    () => snapshots.readLayer(diffId, { signal, ...(compress && { compress }) }),
    { soon: true, signal },
  );
  const blob = { diffId, digest, size, mediaType: types[compression] };
  store.blobs.add(blob);
  return blob;
}

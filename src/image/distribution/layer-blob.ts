import type { Digest } from '../../oci/digest.ts';
import { mediaTypes } from '../../oci/descriptor.ts';
import type { LayerBlob } from '../blob-records.ts';
import type { ImageContext } from '../context.ts';
import { isCompressed, keptBlobs } from '../layer-archive.ts';
import type { LayerFormat } from './types.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'compressSlots'>;

/** An archive of a layer in a format: one that is kept, else one made now, and kept. `inherited` layers keep the compression they came with. */
export async function layerBlob(
  context: Context,
  diffId: Digest,
  format: LayerFormat,
  { inherited, signal }: { readonly inherited: boolean; readonly signal: AbortSignal },
): Promise<LayerBlob> {
  const known = (): LayerBlob | undefined => {
    const kept = keptBlobs(context, diffId);
    const cameCompressed = inherited && !format.force ? kept.find(isCompressed) : undefined;
    return (
      cameCompressed ?? (format.level === undefined ? kept.find((blob) => isOf(blob, format)) : undefined)
    );
  };
  return (
    known() ??
    context.compressSlots.run(async () => known() ?? (await make(context, diffId, format, signal)), {
      signal,
    })
  );
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

import { mediaTypes } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import type { LayerBlob } from './blob-records.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'compressSlots'>;

export const isCompressed = ({ mediaType }: { mediaType: string }): boolean =>
  /[.+](gzip|zstd)$/.test(mediaType);

/** What everybody reads goes first. */
const rank = ({ mediaType }: LayerBlob): number =>
  mediaType.endsWith('gzip') ? 0 : mediaType.endsWith('zstd') ? 1 : 2;

/** The archives of a layer that are in the content store: gzip, other compressed ones, plain ones. */
export function keptBlobs(
  { store, content }: Pick<Context, 'store' | 'content'>,
  diffId: Digest,
): LayerBlob[] {
  const kept = store.blobs.of(diffId).filter(({ digest }) => content.stat(digest) !== undefined);
  return kept.sort((a, b) => rank(a) - rank(b));
}

/** A compressed archive of a layer: one that is kept, else one made now, and kept. */
export async function compressedLayer(
  context: Context,
  diffId: Digest,
  signal?: AbortSignal,
): Promise<LayerBlob> {
  const kept = keptBlobs(context, diffId).find(isCompressed);
  return kept ?? context.compressSlots.run(() => compress(context, diffId, signal), signal ? { signal } : {});
}

async function compress(
  context: Context,
  diffId: Digest,
  signal: AbortSignal | undefined,
): Promise<LayerBlob> {
  const { store, content } = context;
  const made = keptBlobs(context, diffId).find(isCompressed);
  if (made) return made;
  const [plain] = keptBlobs(context, diffId);
  const compress = plain ? { path: content.pathOf(plain.digest) } : {};
  const signalled = signal ? { signal } : {};
  const { digest, size } = await content.ingest(
    {},
    () => context.snapshots.readLayer(diffId, { compress, ...signalled }),
    { soon: true, ...signalled },
  );
  const blob = { diffId, digest, size, mediaType: mediaTypes.dockerLayerGzip };
  store.blobs.add(blob);
  return blob;
}

import { createReadStream } from 'node:fs';
import type { ContentStore } from '../../content/types.ts';
import { layerType } from '../../image/manifest-for.ts';
import type { Images, LayerBlob, TransferProgress } from '../../image/types.ts';
import { mapPool } from '../../lib/pool.ts';
import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { CACHE_CONFIG, encodeDocument, INLINE_MEMBER } from './document.ts';
import type { BuiltImage } from '../types.ts';
import type { CacheExport, CacheWriter, SolvedCache } from './types.ts';

interface Parts {
  readonly images: Images;
  readonly content: ContentStore;
}

interface ExportOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TransferProgress) => void;
}

const AT_ONCE = 4;

/** Writes what images came from where other engines find it; returns what it is called there, undefined when there is nothing to be told. */
export async function exportCache(
  { images, content }: Parts,
  built: readonly BuiltImage[],
  writer: CacheWriter,
  wanted: CacheExport,
  { signal, onProgress }: ExportOptions,
): Promise<Descriptor | undefined> {
  const solved = mergeSolved(built.map(({ cache }) => cache));
  if (solved.records.length === 0) return undefined;
  using _blobs = content.lease();
  const layers = layersOf(built, solved, wanted.mode);
  for (const { fetchLayers } of built) await fetchLayers(layers, signal);
  const blobs = await mapPool(
    layers,
    AT_ONCE,
    async (layer, stop) => {
      const blob = await images.archiveLayer(layer, wanted.format, { signal: stop });
      await writer.blob(sourceOf(content, blob), { signal: stop, onProgress });
      return blob;
    },
    { signal },
  );
  const config = encodeDocument({ ...solved, layers: blobs });
  const descriptor = { mediaType: CACHE_CONFIG, digest: digestOf(config), size: config.length };
  const open = async function* (offset: number): AsyncGenerator<Uint8Array> {
    yield config.subarray(offset);
  };
  await writer.blob({ ...descriptor, open }, { signal, onProgress: () => {} });
  const root = rootOf(descriptor, blobs, wanted);
  await writer.root(root, signal);
  return { mediaType: root.mediaType, digest: root.digest, size: root.size };
}

/** A config that has the cache of its own build in it: the archives are those of the image. */
export function withInlineCache<T extends object>(config: T, cache: SolvedCache): T {
  const document = encodeDocument({ ...cache, layers: [] });
  return { ...config, [INLINE_MEMBER]: document.toString('base64') };
}

/** Layers of base images are where these are. */
function layersOf(built: readonly BuiltImage[], { records }: SolvedCache, mode: 'min' | 'max'): Digest[] {
  const all = new Set(records.map(({ layer }) => layer));
  if (mode === 'max') return [...all];
  const inImages = new Set(built.flatMap(({ config }) => config.rootfs.diff_ids));
  return [...all].filter((layer) => inImages.has(layer));
}

const sourceOf = (content: ContentStore, { digest, size }: LayerBlob) => ({
  digest,
  size,
  open: (start: number) => createReadStream(content.pathOf(digest), { start, highWaterMark: 1 << 18 }),
});

function rootOf(
  config: Descriptor,
  blobs: readonly LayerBlob[],
  { ociTypes, imageManifest }: CacheExport,
): Descriptor & { content: Buffer } {
  const layers = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()].map(
    ({ digest, size, mediaType, diffId }) => ({
      mediaType: layerType(mediaType, ociTypes),
      digest,
      size,
      annotations: { 'containerd.io/uncompressed': diffId },
    }),
  );
  const [mediaType, members] = imageManifest
    ? [ociTypes ? mediaTypes.ociManifest : mediaTypes.dockerManifest, { config, layers }]
    : [ociTypes ? mediaTypes.ociIndex : mediaTypes.dockerList, { manifests: [...layers, config] }];
  const content = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...members }));
  return { mediaType, digest: digestOf(content), size: content.length, content };
}

/** Builds of several platforms have one cache; what several did alike is in it once. */
function mergeSolved(caches: readonly SolvedCache[]): SolvedCache {
  const records = new Map(caches.flatMap((cache) => cache.records.map((record) => [record.key, record])));
  return {
    records: [...records.values()],
    metadata: [...new Set(caches.flatMap(({ metadata }) => metadata))],
    digests: Object.assign({}, ...caches.map(({ digests }) => digests)) as SolvedCache['digests'],
  };
}

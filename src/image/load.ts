import { invalid } from '../lib/errors.ts';
import { mapPool } from '../lib/pool.ts';
import { shortId } from '../lib/id.ts';
import type { Digest } from '../oci/digest.ts';
import { familiarName } from '../oci/reference.ts';
import type { ArchivedImage } from './archive/archived-image.ts';
import { decompressed } from './archive/decompress.ts';
import { readDockerArchive } from './archive/docker-archive.ts';
import { readOciArchive } from './archive/oci-archive.ts';
import { StagedFiles } from './archive/staged-files.ts';
import { collectBlobs, discardLayers } from './collect.ts';
import type { ImageContext, Report } from './context.ts';
import { recordImage } from './create.ts';
import { meter } from './progress.ts';
import { publish } from './publish.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image } from './types.ts';

interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: Report;
}

interface Loaded {
  image: Image;
  names: string[];
}

/** Loads an image archive as a whole or not at all. */
export async function load(
  context: ImageContext,
  archive: AsyncIterable<Uint8Array>,
  options: LoadOptions = {},
): Promise<Loaded[]> {
  const made: Digest[] = [];
  try {
    return await loadLeased(context, archive, options, made);
  } catch (error) {
    await discardLayers(context, made);
    throw error;
  } finally {
    collectBlobs(context); // files of the archive that are no part of an image
  }
}

async function loadLeased(
  context: ImageContext,
  archive: AsyncIterable<Uint8Array>,
  options: LoadOptions,
  made: Digest[],
): Promise<Loaded[]> {
  using _blobs = context.content.lease();
  const files = await StagedFiles.read(context.content, decompressed(archive), options.signal);
  const images = await readImages(context, files);
  using _layers = context.leases.hold(images.flatMap(({ config }) => config.rootfs.diff_ids));
  await extractLayers(
    context,
    images.flatMap(({ layers }) => layers),
    options,
    made,
  );
  return images.map((image) => record(context, image));
}

/** Archives of Docker have both layouts; their manifest.json has all names. */
async function readImages({ content }: ImageContext, files: StagedFiles): Promise<ArchivedImage[]> {
  if (files.has('manifest.json')) return readDockerArchive(content, files);
  if (files.has('index.json')) return readOciArchive(files);
  throw invalid('invalid image archive: it has neither manifest.json nor index.json');
}

async function extractLayers(
  { content, snapshots }: ImageContext,
  layers: readonly LayerBlob[],
  { signal, onProgress }: LoadOptions,
  made: Digest[],
): Promise<void> {
  const missing = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()].filter(
    ({ diffId }) => snapshots.layer(diffId) === undefined,
  );
  const extract = async ({ diffId, digest, size }: LayerBlob, stop: AbortSignal): Promise<void> => {
    const onBytes = meter(onProgress, { id: diffId, status: 'Loading layer', total: size });
    await snapshots.apply({ path: content.pathOf(digest), diffId }, { signal: stop, onBytes });
    made.push(diffId);
    onProgress?.({ id: shortId(diffId), status: 'Loading layer', current: size, total: size });
  };
  await mapPool(missing, missing.length, extract, signal ? { signal } : {});
}

function record(context: ImageContext, { content, manifest, names, layers }: ArchivedImage): Loaded {
  const image = recordImage(context, { config: content, manifest, references: names, blobs: layers });
  publish(context.events, 'load', { image });
  return { image, names: names.map(familiarName) };
}

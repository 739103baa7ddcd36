import { invalid } from '../lib/errors.ts';
import { familiarName } from '../oci/reference.ts';
import type { ArchivedImage } from './archive/archived-image.ts';
import { decompressed } from './archive/decompress.ts';
import { readDockerArchive } from './archive/docker-archive.ts';
import { readOciArchive } from './archive/oci-archive.ts';
import { StagedFiles } from './archive/staged-files.ts';
import { collectBlobs } from './collect.ts';
import type { ImageContext, Report } from './context.ts';
import { recordImage } from './create.ts';
import { LayerExtraction } from './load-layers.ts';
import { publish } from './publish.ts';
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
  try {
    return await loadLeased(context, archive, options);
  } finally {
    collectBlobs(context); // files of the archive that are no part of an image
  }
}

async function loadLeased(
  context: ImageContext,
  archive: AsyncIterable<Uint8Array>,
  { signal, onProgress }: LoadOptions,
): Promise<Loaded[]> {
  using _blobs = context.content.lease();
  await using extraction = new LayerExtraction(context, onProgress);
  const files = await StagedFiles.read(context.content, decompressed(archive), {
    signal,
    onFile: (blob) => extraction.guess(blob),
  });
  const images = await readImages(context, files);
  await extraction.finish(
    images.flatMap(({ layers }) => layers),
    signal,
  );
  return images.map((image) => record(context, image));
}

/** Archives of Docker have both layouts; their manifest.json has all names. */
async function readImages({ content }: ImageContext, files: StagedFiles): Promise<ArchivedImage[]> {
  if (files.has('manifest.json')) return readDockerArchive(content, files);
  if (files.has('index.json')) return readOciArchive(files);
  throw invalid('invalid image archive: it has neither manifest.json nor index.json');
}

function record(context: ImageContext, { content, manifest, names, layers }: ArchivedImage): Loaded {
  const image = recordImage(context, { config: content, manifest, references: names, blobs: layers });
  publish(context.events, 'load', { image });
  return { image, names: names.map(familiarName) };
}

import { invalid, notFound } from '../lib/errors.ts';
import { formatPlatform, type Platform, platformMatches } from '../oci/platform.ts';
import { familiarName } from '../oci/reference.ts';
import { decompressed } from './archive/decompress.ts';
import { readDockerArchive } from './archive/docker-archive.ts';
import { type ArchivedEntry, readOciArchive } from './archive/oci-archive.ts';
import { StagedFiles } from './archive/staged-files.ts';
import { bestPlatform } from './choose-platform.ts';
import { collectBlobs } from './collect.ts';
import type { ImageContext, Report } from './context.ts';
import { recordImage } from './create.ts';
import { LayerExtraction } from './load-layers.ts';
import { publish } from './publish.ts';
import type { Image } from './types.ts';

interface LoadOptions {
  readonly platforms?: readonly Platform[];
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
  { platforms = [], signal, onProgress }: LoadOptions,
): Promise<Loaded[]> {
  using _blobs = context.content.lease();
  await using extraction = new LayerExtraction(context, onProgress);
  const files = await StagedFiles.read(context.content, decompressed(archive), {
    signal,
    onFile: (blob) => extraction.guess(blob),
    follow: (file) => extraction.follow(file),
  });
  const entries = await readEntries(context, files, platforms);
  await extraction.finish(
    entries.flatMap(({ images }) => images.flatMap(({ layers }) => layers)),
    signal,
  );
  return entries.map((entry) => record(context, entry));
}

/** Archives of Docker have both layouts; their manifest.json has all names. */
async function readEntries(
  { content }: ImageContext,
  files: StagedFiles,
  platforms: readonly Platform[],
): Promise<ArchivedEntry[]> {
  const isDocker = files.has('manifest.json');
  if (!isDocker && !files.has('index.json'))
    throw invalid('invalid image archive: it has neither manifest.json nor index.json');
  const read = isDocker ? readDockerArchive(content, files, platforms) : readOciArchive(files, platforms);
  const entries = await read;
  const found = entries.flatMap(({ images }) => images);
  for (const platform of platforms)
    if (!found.some(({ config }) => platformMatches(config, platform)))
      throw notFound(
        `requested platform (${formatPlatform(platform)}) not found: image might be filtered out`,
      );
  return entries;
}

/** Records all platforms of an image; told is the one that its names mean then. */
function record(context: ImageContext, { images }: ArchivedEntry): Loaded {
  const recorded = images.map(({ content, manifest, names, layers, index }) =>
    recordImage(context, { config: content, manifest, references: names, blobs: layers, index }),
  );
  const names = images.flatMap((image) => image.names);
  const [name] = names;
  const image =
    (name && context.store.named(name)) ??
    bestPlatform(recorded, ({ config }) => config) ??
    (recorded[0] as Image);
  publish(context.events, 'load', { image });
  return { image, names: [...new Set(names.map(familiarName))] };
}

import { createReadStream } from 'node:fs';
import { encodeHeader } from '../lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../lib/tar/entry.ts';
import { type Descriptor, mediaTypes } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { familiarName, parseReference, type Reference, repositoryOf } from '../oci/reference.ts';
import { pathOf } from './archive/staged-files.ts';
import type { ImageContext } from './context.ts';
import { findImage, getImage } from './find.ts';
import { compressedLayer, keptBlobs } from './layer-archive.ts';
import { keptManifest, makeManifest, type ManifestOf } from './manifest-for.ts';
import { publish } from './publish.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image } from './types.ts';

interface Wanted {
  readonly image: Image;
  readonly names: readonly Reference[];
}

/** A file of the archive: its bytes, or a blob of the content store. */
type File = { path: string; content: Buffer } | { path: string; digest: Digest; size: number };

/**
 * An archive of images in the OCI layout that also has Docker's manifest.json. The same images give the same bytes. Unknown names
 * are told before the first byte.
 */
export function save(
  context: ImageContext,
  names: readonly string[],
  options: { signal?: AbortSignal } = {},
): AsyncIterable<Uint8Array> {
  return write(context, chooseImages(context, names), options.signal);
}

/** A name without tag means all tags of its repository; an id means the image without names. */
function chooseImages({ store }: ImageContext, names: readonly string[]): Wanted[] {
  const wanted = new Map<Digest, { image: Image; names: Map<string, Reference> }>();
  const add = (image: Image, reference?: Reference): void => {
    const entry = wanted.get(image.id) ?? { image, names: new Map<string, Reference>() };
    if (reference) entry.names.set(familiarName(reference), reference);
    wanted.set(image.id, entry);
  };
  for (const name of names) {
    const image = findImage(store, name);
    const tags = isDigest(name) || /^[a-f0-9]{64}$/.test(name) ? [] : tagsFor(store, parseReference(name));
    for (const { reference, id } of tags) add(getImage(store, id), reference);
    if (tags.length === 0) add(image ?? getImage(store, name));
  }
  return [...wanted.values()].map((entry) => ({ image: entry.image, names: [...entry.names.values()] }));
}

function tagsFor(store: ImageContext['store'], reference: Reference): { reference: Reference; id: Digest }[] {
  if (reference.digest !== undefined) return [];
  return store
    .tagsOf(repositoryOf(reference))
    .filter(({ reference: { tag } }) => reference.tag === undefined || reference.tag === tag);
}

async function* write(
  context: ImageContext,
  wanted: readonly Wanted[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  using _blobs = context.content.lease();
  using _layers = context.leases.hold(wanted.flatMap(({ image }) => image.config.rootfs.diff_ids));
  const files = new Map<string, File>();
  const add = (file: File): void => void files.set(file.path, file);
  const parts = [];
  for (const { image, names } of wanted) {
    const manifest = await manifestOf(context, image, signal);
    for (const blob of [manifest.document.config, ...manifest.document.layers])
      add({ path: pathOf(blob.digest), digest: blob.digest, size: blob.size });
    add({ path: pathOf(manifest.descriptor.digest), content: manifest.content });
    parts.push({ image, names, manifest });
  }
  for (const file of documents(parts)) add(file);
  yield* archive(
    context,
    [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    signal,
  );
  for (const { image } of wanted) publish(context.events, 'save', { image });
}

/** The manifest an image came with, else one of the archives that are kept, as they are. */
async function manifestOf(
  context: ImageContext,
  image: Image,
  signal: AbortSignal | undefined,
): Promise<ManifestOf> {
  const kept = await keptManifest(context, image);
  if (kept) return kept;
  const layers: LayerBlob[] = [];
  for (const diffId of image.config.rootfs.diff_ids)
    layers.push(keptBlobs(context, diffId)[0] ?? (await compressedLayer(context, diffId, signal)));
  return makeManifest(context, image, layers);
}

type Part = Wanted & { manifest: ManifestOf };

function documents(parts: readonly Part[]): File[] {
  const json = (path: string, value: unknown): File => ({
    path,
    content: Buffer.from(`${JSON.stringify(value)}\n`),
  });
  return [
    json('oci-layout', { imageLayoutVersion: '1.0.0' }),
    json('index.json', {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: parts.flatMap(indexEntries),
    }),
    json(
      'manifest.json',
      parts.map(({ image, names, manifest }) => ({
        Config: pathOf(image.id),
        RepoTags: names.map(familiarName),
        Layers: manifest.document.layers.map(({ digest }) => pathOf(digest)),
      })),
    ),
  ];
}

/** One entry per name, as the OCI layout has it. */
function indexEntries({ names, manifest, image }: Part): Descriptor[] {
  const { os, architecture, variant } = image.config;
  const { mediaType, digest, size } = manifest.descriptor;
  const platform = { os, architecture, ...(variant !== undefined && { variant }) };
  const entry = { mediaType, digest, size, ...(architecture !== '' && { platform }) };
  if (names.length === 0) return [entry];
  return names.map((name) => ({
    ...entry,
    annotations: {
      'io.containerd.image.name': `${repositoryOf(name)}:${name.tag}`,
      'org.opencontainers.image.ref.name': name.tag ?? 'latest',
    },
  }));
}

async function* archive(
  { content }: ImageContext,
  files: readonly File[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (const name of ['blobs/', 'blobs/sha256/']) yield encodeHeader(makeEntry({ name, type: 'directory' }));
  for (const file of files) {
    signal?.throwIfAborted();
    const size = 'content' in file ? file.content.length : file.size;
    yield encodeHeader(makeEntry({ name: file.path, size }));
    if ('content' in file) yield file.content;
    else
      yield* createReadStream(content.pathOf(file.digest), {
        highWaterMark: 1 << 20,
      }) as AsyncIterable<Buffer>;
    yield Buffer.alloc(paddingOf(size));
  }
  yield trailer;
}

import { createReadStream } from 'node:fs';
import { encodeHeader } from '../lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../lib/tar/entry.ts';
import { type Descriptor, mediaTypes } from '../oci/descriptor.ts';
import { notFound } from '../lib/errors.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { familiarName, parseReference, type Reference, repositoryOf } from '../oci/reference.ts';
import { pathOf } from './archive/staged-files.ts';
import type { ImageContext } from './context.ts';
import { findImage, getImage, imagesOf, indexOf, variantOf } from './find.ts';
import type { IndexRecord } from './index-records.ts';
import { compressedLayer, keptBlobs } from './layer-archive.ts';
import { keptManifest, makeManifest, type ManifestOf } from './manifest-for.ts';
import { publish } from './publish.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image } from './types.ts';

interface Wanted {
  readonly image: Image;
  readonly names: readonly Reference[];
  /** How the client named it first. */
  readonly asked: string;
}

interface SaveOptions {
  readonly platforms?: readonly Platform[];
  readonly signal?: AbortSignal;
}

/** An image with the manifest by which it is written. */
interface Part {
  readonly image: Image;
  readonly manifest: ManifestOf;
}

/** What one entry of the archive's index is about: an index with its images, or one image. */
interface Bundle {
  readonly names: readonly Reference[];
  readonly parts: readonly Part[];
  readonly index?: IndexRecord;
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
  options: SaveOptions = {},
): AsyncIterable<Uint8Array> {
  const wanted = chooseImages(context, names);
  for (const platform of options.platforms ?? [])
    for (const { image, asked } of wanted)
      if (!variantOf(context.store, asked, image, platform))
        throw notFound(`no suitable export target found for platform ${formatPlatform(platform)}`);
  return write(context, wanted, options);
}

/** A name without tag means all tags of its repository; an id means the image without names. */
function chooseImages({ store }: ImageContext, names: readonly string[]): Wanted[] {
  const wanted = new Map<string, { image: Image; asked: string; names: Map<string, Reference> }>();
  const add = (asked: string, image: Image, reference?: Reference): void => {
    const index = indexOf(store, reference ? familiarName(reference) : asked, image);
    const key = `${image.id} ${index?.descriptor.digest}`;
    const entry = wanted.get(key) ?? { image, asked, names: new Map<string, Reference>() };
    if (reference) entry.names.set(familiarName(reference), reference);
    wanted.set(key, entry);
  };
  for (const name of names) {
    const image = findImage(store, name);
    const tags = isDigest(name) || /^[a-f0-9]{64}$/.test(name) ? [] : tagsFor(store, parseReference(name));
    for (const { reference, id } of tags) add(familiarName(reference), getImage(store, id), reference);
    if (tags.length > 0) continue;
    if (!image) throw notFound(`No such image: ${name}`);
    add(name, image);
  }
  return [...wanted.values()].map((entry) => ({ ...entry, names: [...entry.names.values()] }));
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
  options: SaveOptions,
): AsyncGenerator<Uint8Array> {
  using _blobs = context.content.lease();
  const images = wanted.flatMap(({ image }) => [image, ...context.store.variantsOf(image)]);
  using _layers = context.leases.hold(images.flatMap(({ config }) => config.rootfs.diff_ids));
  const bundles: Bundle[] = [];
  for (const each of wanted) bundles.push(...(await bundlesOf(context, each, options)));
  const files = new Map<string, File>();
  for (const file of [...(await blobsOf(context, bundles)), ...documents(bundles)])
    files.set(file.path, file);
  yield* archive(
    context,
    [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    options.signal,
  );
  for (const { image } of wanted) publish(context.events, 'save', { image });
}

/** An index with those of its images that are wanted and whole; single images where one of them is left, or there is no index. */
async function bundlesOf(
  context: ImageContext,
  { image, names, asked }: Wanted,
  { platforms = [], signal }: SaveOptions,
): Promise<Bundle[]> {
  const { store } = context;
  const index = indexOf(store, asked, image);
  const variants = platforms.map((platform) => variantOf(store, asked, image, platform) ?? image);
  const chosen = new Set(platforms.length > 0 ? variants : [image, ...imagesOf(store, index)]);
  const parts: Part[] = [];
  for (const each of index && platforms.length !== 1 ? chosen : []) {
    const manifest = await keptManifest(context, index?.variants.get(each.id));
    if (manifest) parts.push({ image: each, manifest });
  }
  if (index && parts.length > 0) return [{ names, parts, index }];
  const single = platforms.length > 0 ? [...chosen] : [image];
  return Promise.all(
    single.map(async (each) => ({
      names,
      parts: [{ image: each, manifest: await manifestOf(context, each, signal) }],
    })),
  );
}

async function blobsOf({ content }: ImageContext, bundles: readonly Bundle[]): Promise<File[]> {
  const files: File[] = [];
  for (const { parts, index } of bundles) {
    for (const { manifest } of parts) {
      for (const { digest, size } of [manifest.document.config, ...manifest.document.layers])
        files.push({ path: pathOf(digest), digest, size });
      files.push({ path: pathOf(manifest.descriptor.digest), content: manifest.content });
    }
    if (!index) continue;
    files.push({ path: pathOf(index.descriptor.digest), content: Buffer.from(index.document) });
    for (const digest of index.attached) {
      const blob = content.stat(digest);
      if (blob) files.push({ path: pathOf(digest), digest, size: blob.size });
    }
  }
  return files;
}

/** The manifest an image came with, else one of the archives that are kept, as they are. */
async function manifestOf(
  context: ImageContext,
  image: Image,
  signal: AbortSignal | undefined,
): Promise<ManifestOf> {
  const kept = await keptManifest(context, image.manifest);
  if (kept) return kept;
  const layers: LayerBlob[] = [];
  for (const diffId of image.config.rootfs.diff_ids)
    layers.push(keptBlobs(context, diffId)[0] ?? (await compressedLayer(context, diffId, signal)));
  return makeManifest(context, image, layers);
}

function documents(bundles: readonly Bundle[]): File[] {
  const json = (path: string, value: unknown): File => ({
    path,
    content: Buffer.from(`${JSON.stringify(value)}\n`),
  });
  return [
    json('oci-layout', { imageLayoutVersion: '1.0.0' }),
    json('index.json', {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: bundles.flatMap(indexEntries),
    }),
    json('manifest.json', bundles.map(dockerItem)),
  ];
}

/** Docker's own document knows one platform of an image: the first, which is the one that its name means. */
function dockerItem({ names, parts: [part] }: Bundle): object {
  return {
    Config: pathOf((part as Part).image.id),
    RepoTags: names.map(familiarName),
    Layers: (part as Part).manifest.document.layers.map(({ digest }) => pathOf(digest)),
  };
}

/** One entry per name, as the OCI layout has it. */
function indexEntries({ names, parts: [part], index }: Bundle): Descriptor[] {
  const entry = index?.descriptor ?? manifestEntry(part as Part);
  if (names.length === 0) return [entry];
  return names.map((name) => ({
    ...entry,
    annotations: {
      'io.containerd.image.name': `${repositoryOf(name)}:${name.tag}`,
      'org.opencontainers.image.ref.name': name.tag ?? 'latest',
    },
  }));
}

function manifestEntry({ image, manifest }: Part): Descriptor {
  const { os, architecture, variant } = image.config;
  const { mediaType, digest, size } = manifest.descriptor;
  const platform = { os, architecture, ...(variant !== undefined && { variant }) };
  return { mediaType, digest, size, ...(architecture !== '' && { platform }) };
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

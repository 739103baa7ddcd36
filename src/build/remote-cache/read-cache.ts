import { EngineError, notFound } from '../../lib/errors.ts';
import { type Descriptor, isIndexType } from '../../oci/descriptor.ts';
import { isDigest } from '../../oci/digest.ts';
import type { Images, LayerBlob } from '../../image/types.ts';
import {
  BUILDKIT_CACHE_CONFIG,
  BUILDKIT_INLINE_MEMBER,
  CACHE_CONFIG,
  INLINE_MEMBER,
  parseDocument,
} from './document.ts';
import type { ImportedCache } from './imported-caches.ts';
import type { CacheDocument, CacheReader } from './types.ts';
import { descriptorOf, objectOf } from './stranger-documents.ts';

/** More platforms than any image has. */
const MOST_IMAGES = 32;

/** Reads a cache: a manifest or an index of its own, or what images have in their configs. Throws when there is none of ours. */
export async function readCache(reader: CacheReader, signal: AbortSignal): Promise<ImportedCache> {
  const { descriptor, content } = await reader.root(signal);
  const members = membersOf(content, reader.name);
  const config = members.find(({ mediaType }) => mediaType === CACHE_CONFIG);
  if (config) return { document: parseDocument(await reader.smallBlob(config, signal), reader.name), reader };
  if (members.some(({ mediaType }) => mediaType === BUILDKIT_CACHE_CONFIG)) throw ofBuildKit(reader.name);
  const manifests = isIndex(descriptor, content) ? imagesOf(members) : undefined;
  const documents: CacheDocument[] = [];
  for (const manifest of manifests ?? [undefined]) {
    const document = manifest ? (await reader.manifest(manifest, signal)).content : content;
    documents.push(...(await inlineOf(reader, document, signal)));
  }
  if (documents.length === 0)
    throw notFound(
      `${reader.name} has no build cache: export it with --cache-to type=inline or type=registry`,
    );
  return { document: merge(documents), reader };
}

/** The cache in the config of an image that is here; undefined when it has none. */
export async function readLocalCache(
  images: Images,
  read: (id: Descriptor['digest']) => Promise<Buffer>,
  name: string,
): Promise<ImportedCache | undefined> {
  const image = images.find(name);
  if (!image) return undefined;
  const document = inlineDocument(await read(image.id), [], name);
  return document && { document };
}

async function inlineOf(
  reader: CacheReader,
  manifest: Buffer,
  signal: AbortSignal,
): Promise<CacheDocument[]> {
  const { config, layers } = objectOf(manifest, reader.name);
  const content = await reader.smallBlob(descriptorOf(config, reader.name), signal);
  const blobs = Array.isArray(layers) ? layers.map((layer) => descriptorOf(layer, reader.name)) : [];
  const found = inlineDocument(content, blobs, reader.name);
  return found ? [found] : [];
}

/** The archives of an image are those of its cache. */
function inlineDocument(
  config: Buffer,
  blobs: readonly Descriptor[],
  place: string,
): CacheDocument | undefined {
  const members = objectOf(config, place);
  const inline = members[INLINE_MEMBER];
  if (typeof inline !== 'string') {
    if (members[BUILDKIT_INLINE_MEMBER] !== undefined) throw ofBuildKit(place);
    return undefined;
  }
  const document = parseDocument(Buffer.from(inline, 'base64'), place);
  const { diff_ids: diffIds } = (members['rootfs'] ?? {}) as { diff_ids?: unknown };
  if (!Array.isArray(diffIds)) return document;
  const layers = blobs.flatMap((blob, at): LayerBlob[] => {
    const diffId: unknown = diffIds[at];
    return typeof diffId === 'string' && isDigest(diffId) ? [{ ...blob, diffId }] : [];
  });
  return { ...document, layers };
}

const ofBuildKit = (name: string): EngineError =>
  new EngineError('invalid', `cache of ${name} was written by BuildKit: its keys mean nothing here`);

const isIndex = ({ mediaType }: Descriptor, content: Buffer): boolean =>
  isIndexType(mediaType) || Array.isArray(objectOf(content, '')['manifests']);

/** Entries for no platform are statements about others. */
const imagesOf = (entries: readonly Descriptor[]): readonly Descriptor[] =>
  entries.filter(({ platform }) => platform?.os !== 'unknown').slice(0, MOST_IMAGES);

/** All that a manifest or an index names. */
function membersOf(content: Buffer, place: string): Descriptor[] {
  const { config, layers, manifests } = objectOf(content, place);
  return [config, layers, manifests]
    .flat()
    .filter((item) => item !== undefined && item !== null)
    .map((item) => descriptorOf(item, place));
}

function merge(documents: readonly CacheDocument[]): CacheDocument {
  return {
    records: documents.flatMap(({ records }) => records),
    layers: documents.flatMap(({ layers }) => layers),
    metadata: documents.flatMap(({ metadata }) => metadata),
    digests: Object.assign({}, ...documents.map(({ digests }) => digests)) as CacheDocument['digests'],
  };
}

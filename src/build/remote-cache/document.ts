import { invalid } from '../../lib/errors.ts';
import { mediaTypes } from '../../oci/descriptor.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import type { LayerBlob } from '../../image/types.ts';
import { KEY_VERSION } from '../solve/key.ts';
import type { CacheDocument, RemoteRecord } from './types.ts';

/** The config of a cache's manifest. Of BuildKit's there is another one: its keys mean nothing here, nor ours there. */
export const CACHE_CONFIG = 'application/vnd.lading.cacheconfig.v1+json';
export const BUILDKIT_CACHE_CONFIG = 'application/vnd.buildkit.cacheconfig.v0';
/** The member of an image's config that has the cache of its build, as base64 of the document. */
export const INLINE_MEMBER = 'lading.cache.v1';
export const BUILDKIT_INLINE_MEMBER = 'moby.buildkit.cache.v0';

const LARGEST = 200_000;
const LONGEST_DESCRIPTION = 200;

export function encodeDocument({ records, layers, metadata, digests }: CacheDocument): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: 1,
      keys: KEY_VERSION,
      records: records.map((record) => ({
        ...record,
        description: record.description.slice(0, LONGEST_DESCRIPTION),
      })),
      layers: layers.map(({ diffId, digest, size, mediaType }) => ({ diffId, digest, size, mediaType })),
      metadata,
      digests,
    }),
  );
}

/** Reads what a stranger may have written. Throws `invalid`, naming the place. */
export function parseDocument(content: Uint8Array, place: string): CacheDocument {
  const document = objectOf(parse(content, place), place);
  const { version, keys } = document;
  if (version !== 1 || keys !== KEY_VERSION)
    throw invalid(`cache of ${place} was written by another version of lading`);
  const digests = objectOf(document['digests'] ?? {}, `${place}: digests`);
  return {
    records: listOf(document['records'], `${place}: records`).map((item) => recordOf(item, place)),
    layers: listOf(document['layers'], `${place}: layers`).map((item) => layerOf(item, place)),
    metadata: listOf(document['metadata'], `${place}: metadata`).map((item) => textOf(item, place)),
    digests: Object.fromEntries(
      Object.entries(digests).map(([key, value]) => [key, textOf(value, `${place}: digests`)]),
    ),
  };
}

function parse(content: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (error) {
    throw invalid(`cache of ${place}: no valid JSON`, error);
  }
}

function recordOf(value: unknown, place: string): RemoteRecord {
  const { key, layer, description, createdAt, milliseconds, warnings } = objectOf(value, `${place}: records`);
  return {
    key: textOf(key, place),
    layer: digestOf(layer, place),
    description: textOf(description, place),
    createdAt: timeOf(createdAt, place),
    milliseconds: numberOf(milliseconds, place),
    ...(warnings !== undefined && {
      warnings: listOf(warnings, `${place}: warnings`).map((item) => textOf(item, place)),
    }),
  };
}

const types: ReadonlySet<unknown> = new Set(Object.values(mediaTypes).filter((type) => /tar/.test(type)));

function layerOf(value: unknown, place: string): LayerBlob {
  const { diffId, digest, size, mediaType } = objectOf(value, `${place}: layers`);
  if (!types.has(mediaType)) throw invalid(`cache of ${place}: invalid media type of a layer`);
  return {
    diffId: digestOf(diffId, place),
    digest: digestOf(digest, place),
    size: numberOf(size, place),
    mediaType: mediaType as string,
  };
}

function objectOf(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`cache of ${place}: want an object`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, place: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(`cache of ${place}: want a list`);
  if (value.length > LARGEST) throw invalid(`cache of ${place}: ${value.length} entries are too many`);
  return value;
}

function textOf(value: unknown, place: string): string {
  if (typeof value !== 'string') throw invalid(`cache of ${place}: want a string`);
  return value;
}

function digestOf(value: unknown, place: string): Digest {
  return parseDigest(textOf(value, place));
}

function numberOf(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(`cache of ${place}: want a number`);
  return value;
}

function timeOf(value: unknown, place: string): number {
  const time = numberOf(value, place);
  if (Number.isNaN(new Date(time).getTime())) throw invalid(`cache of ${place}: invalid time`);
  return time;
}

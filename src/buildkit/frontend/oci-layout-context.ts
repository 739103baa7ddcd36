import { Readable } from 'node:stream';
import { descriptorOf, objectOf } from '../../build/remote-cache/stranger-documents.ts';
import type { CacheReader } from '../../build/remote-cache/types.ts';
import { invalid } from '../../lib/errors.ts';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../../lib/tar/entry.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { parseDigest } from '../../oci/digest.ts';
import { formatPlatform, hostPlatform, type Platform, platformMatches } from '../../oci/platform.ts';
import type { NamedContext } from '../../build/plan/named-contexts.ts';
import { storeReader } from '../cache/client-store.ts';
import type { TemporaryImages } from './temporary-images.ts';
import type { FrontendRun } from './frontend-run.ts';

interface Manifest {
  readonly mediaType: string | undefined;
  readonly manifests: readonly (Descriptor & { readonly platform?: Platform })[] | undefined;
  readonly config: Descriptor | undefined;
  readonly layers: readonly Descriptor[] | undefined;
}

const MOST_LAYERS = 512;

/** Indexes within one another. */
const DEEPEST = 4;

/**
 * An image in a directory of the client: `oci-layout://STORE[:TAG]@DIGEST`, where the client has found the digest and serves the store. Of
 * several platforms those come that are built for, and that of the host.
 */
export async function ociLayoutContext(
  { context, peer, signal }: Pick<FrontendRun, 'context' | 'peer' | 'signal'>,
  value: string,
  platforms: readonly Platform[],
  temporary: TemporaryImages,
): Promise<NamedContext> {
  const [, store = '', digest = ''] = /^([^:@]+)(?::[^@]*)?@(.+)$/.exec(value) ?? [];
  if (digest === '') throw invalid(`oci-layout reference ${JSON.stringify(value)} has no digest`);
  const reader = storeReader(peer.openStore(`oci:${store}`), `oci-layout://${store}`, parseDigest(digest));
  const wanted = [...platforms, hostPlatform()];
  const [loaded] = await context.images.load(Readable.from(layoutArchive(reader, wanted, signal)), {
    signal,
  });
  if (!loaded) throw invalid(`oci-layout reference ${JSON.stringify(value)} has no image`);
  for (const { id } of context.images.variantsOf(loaded.image)) temporary.add(id);
  return { kind: 'image', name: temporary.add(loaded.image.id) };
}

interface Read {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
}

/** The archive that `docker load` takes, of one image; its blobs are checked there. */
async function* layoutArchive(
  reader: CacheReader,
  platforms: readonly Platform[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { root, images } = await findImages(reader, platforms, signal);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = { schemaVersion: 2, mediaType, manifests: [root.descriptor] };
  yield* file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  yield* file('index.json', Buffer.from(JSON.stringify(index)));
  const blobs = new Map<string, Descriptor>();
  for (const { descriptor, content } of new Set([root, ...images])) {
    yield* file(nameOf(descriptor), content);
    const { config, layers = [], manifests } = manifestOf(content, reader.name);
    if (manifests) continue;
    if (!config || layers.length > MOST_LAYERS)
      throw invalid(`${reader.name}: ${descriptor.digest} is no manifest of an image`);
    for (const blob of [config, ...layers]) blobs.set(blob.digest, blob);
  }
  for (const blob of blobs.values()) {
    yield encodeHeader(makeEntry({ name: nameOf(blob), size: blob.size }));
    yield* reader.blob(blob, 0, { signal });
    yield Buffer.alloc(paddingOf(blob.size));
  }
  yield trailer;
}

/** The manifests that are wanted, and the index that they are of, or the one there is. */
async function findImages(
  reader: CacheReader,
  platforms: readonly Platform[],
  signal: AbortSignal,
): Promise<{ root: Read; images: Read[] }> {
  let found: Read = await reader.root(signal);
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const { manifests, mediaType } = manifestOf(found.content, reader.name);
    const kind = manifests ? 'index' : 'manifest';
    const known = mediaType ?? (found.descriptor.mediaType || `application/vnd.oci.image.${kind}.v1+json`);
    const root = { ...found, descriptor: { ...found.descriptor, mediaType: known } };
    if (!manifests) return { root, images: [root] };
    const images = manifests.filter(
      ({ platform }) => platform && platforms.some((wanted) => matches(platform, wanted)),
    );
    if (images.length > 0)
      return { root, images: await Promise.all(images.map((one) => read(reader, one, signal))) };
    const next = manifests.find((one) => !one.platform);
    if (!next) throw invalid(`${reader.name}: no image for ${platforms.map(formatPlatform).join(', ')}`);
    found = await read(reader, next, signal);
  }
  throw invalid(`${reader.name}: too many indexes within one another`);
}

function manifestOf(content: Buffer, place: string): Manifest {
  const { mediaType, manifests, config, layers } = objectOf(content, place);
  const listOf = (value: unknown): Descriptor[] | undefined =>
    Array.isArray(value) ? value.map((item) => descriptorOf(item, place)) : undefined;
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
    manifests: listOf(manifests),
    config: config === undefined ? undefined : descriptorOf(config, place),
    layers: listOf(layers),
  };
}

const read = (reader: CacheReader, { mediaType, digest, size }: Descriptor, signal: AbortSignal) =>
  reader.manifest({ mediaType, digest: parseDigest(digest), size }, signal);

const matches = ({ os, architecture, variant }: Platform, wanted: Platform): boolean =>
  platformMatches({ os, architecture, ...(variant !== undefined && { variant }) }, wanted);

const nameOf = ({ digest }: Pick<Descriptor, 'digest'>): string =>
  `blobs/${parseDigest(digest).replace(':', '/')}`;

function* file(name: string, content: Uint8Array): Generator<Uint8Array> {
  yield encodeHeader(makeEntry({ name, size: content.length }));
  yield content;
  yield Buffer.alloc(paddingOf(content.length));
}

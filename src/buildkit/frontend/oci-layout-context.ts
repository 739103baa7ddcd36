import { Readable } from 'node:stream';
import type { CacheReader } from '../../build/remote-cache/types.ts';
import { invalid } from '../../lib/errors.ts';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../../lib/tar/entry.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { parseDigest } from '../../oci/digest.ts';
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  type Platform,
  platformMatches,
} from '../../oci/platform.ts';
import type { NamedContext } from '../../build/plan/named-contexts.ts';
import { storeReader } from '../cache/client-store.ts';
import type { TemporaryImages } from './temporary-images.ts';
import type { FrontendRun } from './frontend-run.ts';

interface Manifest {
  readonly mediaType?: string;
  readonly manifests?: readonly (Descriptor & { readonly platform?: Platform })[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

const MOST_LAYERS = 512;

/** An image in a directory of the client: `oci-layout://STORE[:TAG]@DIGEST`, where the client has found the digest and serves the store. */
export async function ociLayoutContext(
  { context, peer, signal }: Pick<FrontendRun, 'context' | 'peer' | 'signal'>,
  value: string,
  platform: string | undefined,
  temporary: TemporaryImages,
): Promise<NamedContext> {
  const [, store = '', digest = ''] = /^([^:@]+)(?::[^@]*)?@(.+)$/.exec(value) ?? [];
  if (digest === '') throw invalid(`oci-layout reference ${JSON.stringify(value)} has no digest`);
  const reader = storeReader(peer.openStore(`oci:${store}`), `oci-layout://${store}`, parseDigest(digest));
  const wanted = platform ? parsePlatform(platform.split(',')[0] ?? '') : hostPlatform();
  const [loaded] = await context.images.load(Readable.from(layoutArchive(reader, wanted, signal)), {
    signal,
  });
  if (!loaded) throw invalid(`oci-layout reference ${JSON.stringify(value)} has no image`);
  return { kind: 'image', name: temporary.add(loaded.image.id) };
}

/** The archive that `docker load` takes, of one image; its blobs are checked there. */
async function* layoutArchive(
  reader: CacheReader,
  platform: Platform,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { descriptor, content } = await findManifest(reader, platform, signal);
  const { config, layers = [] } = JSON.parse(content.toString()) as Manifest;
  if (!config || layers.length > MOST_LAYERS)
    throw invalid(`${reader.name}: ${descriptor.digest} is no manifest of an image`);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifest = {
    ...descriptor,
    mediaType: (JSON.parse(content.toString()) as Manifest).mediaType ?? descriptor.mediaType,
  };
  const index = { schemaVersion: 2, mediaType, manifests: [manifest] };
  yield* file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  yield* file('index.json', Buffer.from(JSON.stringify(index)));
  yield* file(nameOf(descriptor), content);
  for (const blob of new Map([config, ...layers].map((one) => [one.digest, one])).values()) {
    yield encodeHeader(makeEntry({ name: nameOf(blob), size: blob.size }));
    yield* reader.blob(blob, 0, { signal });
    yield Buffer.alloc(paddingOf(blob.size));
  }
  yield trailer;
}

async function findManifest(
  reader: CacheReader,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ descriptor: Descriptor; content: Buffer }> {
  let found = await reader.root(signal);
  for (let depth = 0; depth < 4; depth += 1) {
    const { manifests } = JSON.parse(found.content.toString()) as Manifest;
    if (!manifests) {
      const mediaType = found.descriptor.mediaType || 'application/vnd.oci.image.manifest.v1+json';
      return { descriptor: { ...found.descriptor, mediaType }, content: found.content };
    }
    const next =
      manifests.find((one) => one.platform && matches(one.platform, platform)) ??
      manifests.find((one) => !one.platform);
    if (!next) throw invalid(`${reader.name}: no image for ${formatPlatform(platform)}`);
    const { mediaType, digest, size } = next;
    found = await reader.manifest({ mediaType, digest: parseDigest(digest), size }, signal);
  }
  throw invalid(`${reader.name}: too many indexes within one another`);
}

const matches = ({ os, architecture, variant }: Platform, wanted: Platform): boolean =>
  platformMatches({ os, architecture, ...(variant !== undefined && { variant }) }, wanted);

const nameOf = ({ digest }: Pick<Descriptor, 'digest'>): string =>
  `blobs/${parseDigest(digest).replace(':', '/')}`;

function* file(name: string, content: Uint8Array): Generator<Uint8Array> {
  yield encodeHeader(makeEntry({ name, size: content.length }));
  yield content;
  yield Buffer.alloc(paddingOf(content.length));
}

import { messageOf } from '../lib/errors.ts';
import { type Descriptor, isManifestType } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Repository } from '../registry/client/types.ts';
import { attestationsOf } from './attestations.ts';
import type { ImageContext } from './context.ts';
import { parseIndex, parseManifest } from './documents.ts';

/** Documents larger than this stay in the registry. */
const LARGEST = 32 << 20;
const MOST = 8;

interface Found {
  readonly descriptor: Descriptor;
  readonly index?: { readonly descriptor: Descriptor; readonly document: Uint8Array };
}

/**
 * Brings what the builder of an image says about it, which lies beside it in its index. An image is no worse without: what can't be
 * had is left out. Returns the blobs that are here now.
 */
export async function pullAttestations(
  context: ImageContext,
  repository: Repository,
  { descriptor, index }: Found,
  signal: AbortSignal,
): Promise<Digest[]> {
  if (!index) return [];
  const entries = attestationsOf(parseIndex(index.document, 'index').manifests, descriptor.digest);
  const kept: Digest[] = [];
  for (const entry of entries.slice(0, MOST)) {
    try {
      kept.push(...(await pullOne(context, repository, entry, signal)));
    } catch (error) {
      signal.throwIfAborted();
      context.logger.debug('attestation left out', { digest: entry.digest, why: messageOf(error) });
    }
  }
  return kept;
}

async function pullOne(
  { content }: ImageContext,
  repository: Repository,
  entry: Descriptor,
  signal: AbortSignal,
): Promise<Digest[]> {
  const { digest, size, mediaType } = entry;
  if (!isManifestType(mediaType)) return [];
  if (!content.stat(digest)) {
    const fetched = await repository.manifest(digest, { size, signal });
    await content.put(fetched.content);
  }
  const { config, layers } = parseManifest(await content.read(digest), `manifest ${digest}`);
  const blobs = [config, ...layers].filter((blob) => blob.size <= LARGEST);
  for (const blob of blobs)
    await content.ingest(blob, (offset) => repository.blob(blob, offset, { signal }), { signal });
  return [digest, ...blobs.map((blob) => blob.digest)];
}

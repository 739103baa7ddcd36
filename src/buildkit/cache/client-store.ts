import type { CacheReader, CacheWriter } from '../../build/remote-cache/types.ts';
import { invalid, notFound } from '../../lib/errors.ts';
import { shortId } from '../../lib/id.ts';
import { digestOf, type Digest, parseDigest } from '../../oci/digest.ts';
import type { BlobSource, Peer } from '../peer.ts';

/** Documents are small; what a client says to be one must not fill the memory. */
const LARGEST_DOCUMENT = 64 << 20;

/** The name of the store in a directory for caches. */
const nameOf = (directory: string): string => `local:${directory}`;

/** A cache in a directory of the client, under a digest that the client found in the directory's index. */
export const clientReader = (peer: Peer, directory: string, digest: string): CacheReader =>
  storeReader(peer.openStore(nameOf(directory)), directory, digest);

/** Documents and blobs of a client; `name` is for messages. */
export function storeReader(store: BlobSource, name: string, digest: string): CacheReader {
  async function whole(wanted: Digest, signal: AbortSignal): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of store.read(wanted, 0, signal)) {
      size += part.length;
      if (size > LARGEST_DOCUMENT) throw invalid(`blob ${wanted} is too large for its kind`);
      parts.push(part);
    }
    const content = Buffer.concat(parts);
    if (digestOf(content) !== wanted)
      throw invalid(`blob verification failed: want ${wanted}, got ${digestOf(content)}`);
    return content;
  }

  return {
    name,
    async root(signal) {
      const wanted = parseDigest(digest);
      if (!(await store.has(wanted, signal))) throw notFound(`${name}: content ${wanted}: not found`);
      const content = await whole(wanted, signal);
      return { descriptor: { mediaType: '', digest: wanted, size: content.length }, content };
    },
    manifest: async (descriptor, signal) => ({
      descriptor,
      content: await whole(descriptor.digest, signal),
    }),
    smallBlob: (descriptor, signal) => whole(descriptor.digest, signal),
    blob: ({ digest: wanted }, offset, { signal } = {}) => store.read(wanted, offset, signal),
  };
}

/** A directory of the client that is to have a cache. The client itself writes its index, of what it is told of the root. */
export function clientWriter(peer: Peer, directory: string): CacheWriter {
  const store = nameOf(directory);
  return {
    name: directory,
    async blob({ digest, size, open }, { signal, onProgress }) {
      await peer.sendBlob(store, { digest, size, content: open(0) }, signal);
      onProgress({ id: shortId(digest), status: 'Pushed', current: size, total: size });
    },
    async root({ digest, size, content }, signal) {
      await peer.sendBlob(store, { digest, size, content: [content] }, signal);
    },
  };
}

import type { CacheReader, CacheWriter } from '../../build/remote-cache/types.ts';
import { invalid, notFound } from '../../lib/errors.ts';
import { shortId } from '../../lib/id.ts';
import { digestOf, type Digest, parseDigest } from '../../oci/digest.ts';
import { codec } from '../messages.ts';
import { sendBlob } from '../session/send-blobs.ts';
import type { Session } from '../session/session.ts';

const SERVICE = '/containerd.services.content.v1.Content';
const PACKAGE = 'containerd.services.content.v1';
const infoCodecs = [
  codec<{ digest: string }>(`${PACKAGE}.InfoRequest`),
  codec<{ info: { digest: string; size: number } | null }>(`${PACKAGE}.InfoResponse`),
] as const;
const reads = codec<{ digest: string; offset: number; size: number }>(`${PACKAGE}.ReadContentRequest`);
const pieces = codec<{ offset: number; data: Uint8Array }>(`${PACKAGE}.ReadContentResponse`);

/** Documents are small; what a client says to be one must not fill the memory. */
const LARGEST_DOCUMENT = 64 << 20;

/** The name that clients give the store in a directory for caches. */
const nameOf = (directory: string): string => `local:${directory}`;

/** A cache in a directory of the client, under a digest that the client found in the directory's index. */
export const clientReader = (session: Session, directory: string, digest: string): CacheReader =>
  storeReader(session, { store: nameOf(directory), name: directory }, digest);

/** Documents and blobs in a store that the client serves; `name` is for messages. */
export function storeReader(
  session: Session,
  { store, name: directory }: { readonly store: string; readonly name: string },
  digest: string,
): CacheReader {
  const metadata = { 'buildkit-attachable-store-id': store };

  async function* blob(
    wanted: { digest: Digest },
    offset: number,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array> {
    const stream = session.open(`${SERVICE}/Read`, metadata, signal);
    try {
      await stream.send(reads.encode({ digest: wanted.digest, offset, size: 0 }));
      stream.end();
      for await (const message of stream.messages) yield pieces.decode(message).data;
    } finally {
      stream.cancel();
    }
  }

  async function whole(wanted: Digest, signal: AbortSignal): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of blob({ digest: wanted }, 0, { signal })) {
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
    name: directory,
    async root(signal) {
      const wanted = parseDigest(digest);
      const { info } = await session.call(
        `${SERVICE}/Info`,
        infoCodecs,
        { digest: wanted },
        signal,
        metadata,
      );
      if (!info) throw notFound(`${directory}: content ${wanted}: not found`);
      const content = await whole(wanted, signal);
      return { descriptor: { mediaType: '', digest: wanted, size: content.length }, content };
    },
    manifest: async (descriptor, signal) => ({
      descriptor,
      content: await whole(descriptor.digest, signal),
    }),
    smallBlob: (descriptor, signal) => whole(descriptor.digest, signal),
    blob,
  };
}

/** A directory of the client that is to have a cache. The client itself writes its index, of what it is told of the root. */
export function clientWriter(session: Session, directory: string): CacheWriter {
  const store = nameOf(directory);
  return {
    name: directory,
    async blob({ digest, size, open }, { signal, onProgress }) {
      await sendBlob(session, store, { digest, size, content: open(0) }, signal);
      onProgress({ id: shortId(digest), status: 'Pushed', current: size, total: size });
    },
    async root({ digest, size, content }, signal) {
      await sendBlob(session, store, { digest, size, content: [content] }, signal);
    },
  };
}

import type { BlobSource } from '../peer.ts';
import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const SERVICE = '/containerd.services.content.v1.Content';
const PACKAGE = 'containerd.services.content.v1';
const infoCodecs = [
  codec<{ digest: string }>(`${PACKAGE}.InfoRequest`),
  codec<{ info: { digest: string; size: number } | null }>(`${PACKAGE}.InfoResponse`),
] as const;
const reads = codec<{ digest: string; offset: number; size: number }>(`${PACKAGE}.ReadContentRequest`);
const pieces = codec<{ offset: number; data: Uint8Array }>(`${PACKAGE}.ReadContentResponse`);

/** A store that the client serves. */
export function openStore(session: Session, store: string): BlobSource {
  const metadata = { 'buildkit-attachable-store-id': store };
  return {
    async has(digest, signal) {
      const { info } = await session.call(`${SERVICE}/Info`, infoCodecs, { digest }, signal, metadata);
      return info !== null;
    },
    async *read(digest, offset, signal) {
      const stream = session.open(`${SERVICE}/Read`, metadata, signal);
      try {
        await stream.send(reads.encode({ digest, offset, size: 0 }));
        stream.end();
        for await (const message of stream.messages) yield pieces.decode(message).data;
      } finally {
        stream.cancel();
      }
    },
  };
}

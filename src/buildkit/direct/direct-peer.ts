import { createReadStream, existsSync } from 'node:fs';
import { constants } from 'node:fs';
import { invalid, notFound } from '../../lib/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import { packOutput } from '../export/pack-output.ts';
import type { BlobSource, Peer } from '../peer.ts';
import type { DirectBuild } from './direct-build.ts';

/** Where a chunk goes. */
export interface Destination {
  /** The number of an output, `export:NUMBER` for blobs of it, `local:NAME` for those of a cache. */
  readonly to: string;
  readonly blob?: Digest;
}

/** Hands a chunk to the client, undefined at the end; settles when there is room for more. */
export type Send = (destination: Destination, chunk: Uint8Array | undefined) => Promise<void>;

/** The client of a build that opened no session: its directories are read where they are, and what it gets is sent in the answer. */
export function directPeer(
  {
    client,
    credentials,
    directory,
    dockerfile,
    directories,
  }: Pick<DirectBuild, 'client' | 'credentials' | 'directory' | 'dockerfile' | 'directories'>,
  gone: AbortSignal,
  send: Send,
): Peer {
  const placeOf = (name: string): string => {
    const found = directories.get(name);
    if (found === undefined) throw invalid(`the client gave no directory ${name}`);
    return found;
  };
  const sendAll = async (
    destination: Destination,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> => {
    for await (const chunk of content) {
      signal.throwIfAborted();
      await send(destination, chunk);
    }
    await send(destination, undefined);
  };
  return {
    ...client,
    credentials,
    gone,
    sharedKey: directory ?? '',
    takesBlobs: true,
    ...(directory !== undefined && { directory }),
    ...(dockerfile && { dockerfile }),
    receiveDirectory: async ({ directory: name }) => ({
      directory: placeOf(name),
      [Symbol.dispose]: () => {},
    }),
    readUpload() {
      throw invalid('the client hands out nothing itself');
    },
    sendFile: (content, output, signal) => sendAll({ to: String(output) }, content, signal),
    sendTree: (tree, output, signal) => sendAll({ to: String(output) }, packOutput([tree]), signal),
    sendBlob: (store, { digest, content }, signal) => sendAll({ to: store, blob: digest }, content, signal),
    openStore: (store) => layoutIn(placeOf(store)),
  };
}

/** The blobs of an image layout (OCI) or a cache. */
function layoutIn(directory: string): BlobSource {
  const pathOf = (digest: Digest): string => `${directory}/blobs/${digest.replace(':', '/')}`;
  return {
    has: async (digest) => existsSync(pathOf(digest)),
    read(digest, offset, signal) {
      const path = pathOf(digest);
      if (!existsSync(path)) throw notFound(`${directory}: content ${digest}: not found`);
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      return createReadStream(path, { start: offset, flags: flags as never, ...(signal && { signal }) });
    },
  };
}

import { invalid } from '../../lib/errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import type { Reference } from '../../oci/reference.ts';
import { hasBlob, openBlob, readBlob } from './blob.ts';
import type { Connection } from './connection.ts';
import { explainPull, getManifest, headManifest, MANIFEST_LIMIT, putManifest } from './manifest.ts';
import { listTags } from './tags.ts';
import type { ManifestContent, Repository, UploadResult, UploadSource } from './types.ts';
import { upload } from './upload.ts';

type Signalled = { signal?: AbortSignal } | undefined;

/** A repository behind one or more endpoints: each question goes to the mirrors first, then to the registry itself. */
export class RemoteRepository implements Repository {
  readonly reference: Reference;
  private readonly connect: () => Promise<Connection[]>;
  private connections: Promise<Connection[]> | undefined;
  /** The endpoint that answered last is asked first. */
  private preferred = 0;

  constructor(reference: Reference, connect: () => Promise<Connection[]>) {
    this.reference = reference;
    this.connect = connect;
  }

  async reach(options?: Signalled): Promise<void> {
    const signal = options?.signal;
    await this.first(signal, (connection) => connection.origin(signal));
  }

  async resolve(tagOrDigest: string, options?: Signalled): Promise<Descriptor> {
    const call = { tagOrDigest, signal: options?.signal };
    return this.explained(tagOrDigest, call.signal, async (connection) => {
      const path = this.pathAt(connection);
      const head = await headManifest(connection, { ...call, path });
      return head ?? (await getManifest(connection, { ...call, path })).descriptor;
    });
  }

  async manifest(
    tagOrDigest: string,
    options?: { size?: number; signal?: AbortSignal },
  ): Promise<ManifestContent> {
    const call = { tagOrDigest, size: options?.size, signal: options?.signal };
    return this.explained(tagOrDigest, call.signal, (connection) =>
      getManifest(connection, { ...call, path: this.pathAt(connection) }),
    );
  }

  async smallBlob(descriptor: Descriptor, options?: Signalled): Promise<Buffer> {
    const { digest, size } = descriptor;
    if (size > MANIFEST_LIMIT) throw invalid(`blob ${digest} is too large for its kind: ${size} bytes`);
    const content = Buffer.concat(await Array.fromAsync(this.blob(descriptor, 0, options)));
    if (digestOf(content) !== digest)
      throw invalid(`blob verification failed: want ${digest}, got ${digestOf(content)}`);
    return content;
  }

  blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    offset: number,
    options?: Signalled,
  ): AsyncIterable<Uint8Array> {
    const signal = options?.signal;
    const open = (at: number) =>
      this.first(signal, (connection) =>
        openBlob(connection, {
          path: this.pathAt(connection),
          digest: descriptor.digest,
          offset: at,
          signal,
        }),
      );
    return readBlob(descriptor, offset, open, signal);
  }

  async hasBlob(digest: Digest, options?: Signalled): Promise<boolean> {
    const signal = options?.signal;
    return this.first(signal, (connection) =>
      hasBlob(connection, { path: this.pathAt(connection), digest, signal }),
    );
  }

  async upload(
    source: UploadSource,
    options?: { mountFrom?: readonly string[]; onBytes?: (sent: number) => void; signal?: AbortSignal },
  ): Promise<UploadResult> {
    return this.first(options?.signal, (connection) =>
      upload(connection, source, { ...options, path: this.pathAt(connection) }),
    );
  }

  async putManifest(
    tagOrDigest: string,
    manifest: { mediaType: string; content: Uint8Array },
    options?: Signalled,
  ): Promise<Digest> {
    return this.first(options?.signal, (connection) =>
      putManifest(connection, {
        ...manifest,
        tagOrDigest,
        path: this.pathAt(connection),
        signal: options?.signal,
      }),
    );
  }

  async tags(options?: Signalled): Promise<string[]> {
    return this.explained(undefined, options?.signal, (connection) =>
      listTags(connection, this.pathAt(connection), options?.signal),
    );
  }

  private pathAt(connection: Connection): string {
    return `${connection.endpoint.prefix}${this.reference.path}`;
  }

  private async explained<T>(
    tagOrDigest: string | undefined,
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.first(signal, work);
    } catch (error) {
      const byTag = tagOrDigest === undefined || tagOrDigest.includes(':') ? {} : { tag: tagOrDigest };
      throw explainPull(error, { ...this.reference, ...byTag });
    }
  }

  /** The answer of the first endpoint that has one; the registry's own failure when none has. */
  private async first<T>(
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    this.connections ??= this.connect();
    const connections = await this.connections;
    const start = this.preferred;
    let failure: unknown;
    for (const [index, connection] of connections.entries()) {
      if (index < start) continue;
      try {
        const result = await work(connection);
        this.preferred = index;
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }
}

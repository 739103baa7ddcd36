import type { Digest } from '../oci/digest.ts';

export interface BlobInfo {
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}

/** A blob that is being written. */
export interface GrowingPart {
  readonly path: string;
  /** lib/growth.ts */
  readonly growth: SharedArrayBuffer;
}

/**
 * Blobs by digest under one directory. A blob is visible only when it is whole and verified (published by rename); a partial
 * download survives and can be continued at its byte.
 */
export interface ContentStore {
  /** The file of a blob; throws `not-found` when it is not there. */
  pathOf(digest: Digest): string;
  stat(digest: Digest): BlobInfo | undefined;
  /** Bytes that a blob needs on disk, 0 when it is not there. */
  diskUsage(digest: Digest): number;
  /** The whole blob, at most `limit` bytes (default 8 MiB): manifests and configs. */
  read(digest: Digest, limit?: number): Promise<Buffer>;
  /** Writes a small blob (manifest, config) and returns its descriptor part. Idempotent. */
  put(content: Uint8Array): Promise<BlobInfo>;
  /**
   * Streams a blob in. With `expected.digest` what is there of an earlier attempt may be continued: `source` is called with the
   * offset to start at. Throws `invalid` when size or digest differ, and then keeps nothing of it; keeps the part when the source breaks.
   *
   * Resolves when the blob is on disk, or with `soon` as soon as it is whole: then it is brought to disk a moment later, and if the
   * machine loses power before that it is a part again, which is verified when it is continued.
   */
  ingest(
    expected: { digest?: Digest; size?: number },
    source: (offset: number) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>,
    options?: {
      signal?: AbortSignal;
      onBytes?: (total: number) => void;
      soon?: boolean;
      /** For content without a known digest: reads the file while it grows, and tells its digest. When it fails, the digest is found here. */
      reader?: (part: GrowingPart) => Promise<Digest>;
    },
  ): Promise<BlobInfo>;
  list(): Iterable<BlobInfo>;
  delete(digest: Digest): void;
  /** Keeps `collect` away while content is in flight that nothing refers to yet. */
  lease(): Disposable;
  /** Deletes every blob that `isReferenced` denies; does nothing while a lease is held. Returns the bytes freed. */
  collect(isReferenced: (digest: Digest) => boolean): number;
}

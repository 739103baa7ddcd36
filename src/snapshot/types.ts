import type { Digest } from '../oci/digest.ts';

/** An extracted layer: one directory per diffId, shared by all images that have it. */
export interface Layer {
  readonly diffId: Digest;
  /** Bytes of the files in it. */
  readonly size: number;
}

/** One path that a snapshot changed against its layers (Engine API, `GET /containers/{id}/changes`). */
export interface Change {
  readonly kind: 'modified' | 'added' | 'deleted';
  /** Absolute in the container. */
  readonly path: string;
}

/**
 * Layers and the writable file systems on top of them.
 *
 * A layer is made by `apply` (from an archive) or `commit` (from a snapshot) and appears whole or not at all. A snapshot is a
 * stack of layers with an own upper directory, named by a key (container id, build step); `mount` gives its merged tree.
 * After a crash `recover` removes what is half made and keeps the rest; mounts of running containers are left alone.
 */
export interface Snapshotter {
  layer(diffId: Digest): Layer | undefined;
  layers(): Layer[];
  /** The directory of a layer's difference in overlay form (whiteouts as 0:0 devices), read-only for everyone else. */
  layerPath(diffId: Digest): string;
  /**
   * Extracts a layer archive (plain, gzip or zstd; told by its first bytes) whose uncompressed digest must be `diffId` (when undefined: whatever it is).
   * Equal calls share one flight. Throws `invalid` for archives that are broken, hostile or of another digest.
   */
  apply(
    source: { path: string; diffId?: Digest },
    options?: { signal?: AbortSignal; onBytes?: (read: number) => void },
  ): Promise<Layer>;
  removeLayer(diffId: Digest): Promise<void>;
  /** The layer as the uncompressed archive that has this diffId, chunk by chunk. */
  readLayer(diffId: Digest, options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>;

  /** Makes a snapshot on these layers, bottom first. Throws `conflict` when the key exists. */
  create(key: string, layers: readonly Digest[]): void;
  has(key: string): boolean;
  /** Mounts the merged tree and returns its directory; the same again when it is mounted. Synchronous and fast (< 1 ms). */
  mount(key: string): string;
  /** The upper directory of a snapshot, for callers that fill it without mounting. */
  upperPath(key: string): string;
  unmount(key: string): void;
  /** Unmounts and removes; what is gone already is fine. */
  remove(key: string): Promise<void>;
  keys(): string[];
  /** Bytes in the upper directory. */
  usage(key: string): Promise<number>;
  changes(key: string): Promise<Change[]>;
  /** Makes the snapshot's difference a layer: by renaming its directory (`move`: the snapshot is gone after it) or by copying. */
  commit(key: string, options: { move: boolean; signal?: AbortSignal }): Promise<Layer>;
  /** Removes half-made layers and snapshots whose key `isKept` denies. */
  recover(isKept: (key: string) => boolean): Promise<void>;
}

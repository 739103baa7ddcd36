import type { Digest } from '../oci/digest.ts';
import type { StackReport } from './explain/types.ts';

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

/** What of a tree is archived and how. Paths are text. */
export interface ArchiveTreeOptions {
  /** Directory or file below the root, found as a process would whose root that is. Default: the root. */
  readonly path?: string;
  /** When the path's last part is a symlink, archives what it leads to. */
  readonly followLast?: boolean;
  /** Its name in the archive (`.` for a directory by itself); absent: only what is in it, by names relative to it. */
  readonly name?: string;
  /** Paths below it that are left out, with what is in them. */
  readonly exclude?: readonly string[];
  /** Owner of everything in the archive. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly signal?: AbortSignal;
}

export interface ExtractTreeOptions {
  /** Directory below the root that the archive's names are relative to, found as a process would; made when missing. */
  readonly into?: string;
  /** Default: as the archive says. */
  readonly owner?: 'archive' | 'self' | { readonly uid: number; readonly gid: number };
  /** Throws `invalid` (Docker's text) instead of putting a directory where something else is, or the reverse. */
  readonly keepKinds?: boolean;
  /** Default true; false leaves devices and FIFOs out. */
  readonly allowDevices?: boolean;
  readonly stripXattrs?: boolean;
  readonly signal?: AbortSignal;
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
   * With `growth` (lib/growth.ts) a plain archive is read while somebody still writes it; `onDigest` is told just before the layer is there.
   */
  apply(
    source: { path: string; diffId?: Digest; growth?: SharedArrayBuffer },
    options?: {
      signal?: AbortSignal;
      onBytes?: (read: number) => void;
      onDigest?: (diffId: Digest) => void;
    },
  ): Promise<Layer>;
  removeLayer(diffId: Digest): Promise<void>;
  /**
   * The layer as the archive that has this diffId, chunk by chunk; with `compress` compressed (default: gzip), by another thread and a program,
   * from its directory or a file that should hold the archive. Throws at the end when it is not that archive.
   */
  readLayer(
    diffId: Digest,
    options?: {
      signal?: AbortSignal;
      compress?: { path?: string; kind?: 'gzip' | 'zstd'; level?: number };
    },
  ): AsyncIterable<Uint8Array>;

  /**
   * A small layer to put on top of an image's for a container: the mount points that its runtime needs (/dev, /proc, /etc/hosts, …) and
   * /.dockerenv, so that they are no change of the container's and in no commit. Made at first use (some ms), then kept; not in `layers`.
   */
  initLayer(layers: readonly Digest[]): Promise<Digest>;
  /** Makes a snapshot on these layers, bottom first. Throws `conflict` when the key exists. */
  create(key: string, layers: readonly Digest[]): void;
  has(key: string): boolean;
  /**
   * Mounts the merged tree and returns its directory; the same again when it is mounted. Synchronous and fast (< 1 ms). What is written
   * to a `volatile` one need not survive a loss of power: fsync costs nothing in it, and unmounting does not wait for the disk.
   */
  mount(key: string, options?: { readonly volatile?: boolean }): string;
  /**
   * Takes the merged tree out of the table of mounts and keeps it mounted: whoever starts a container reads and copies that whole table.
   * For a tree that others have in a namespace of their own. `mount` puts it back; where the kernel can't hide it, it stays.
   */
  hide(key: string): void;
  /** After a restart of the engine: a hidden tree, as found at `path` (`/proc/<pid>/root`). */
  adopt(key: string, path: string): void;
  /** The merged tree to read in, by a path of this process alone when it is hidden; mounts it when it is not mounted at all. */
  treePath(key: string): string;
  /** The upper directory of a snapshot, for callers that fill it without mounting. */
  upperPath(key: string): string;
  /** Takes the merged tree away at once; its data may be brought to disk after that. */
  unmount(key: string): void;
  /** Unmounts and removes; what is gone already is fine. */
  remove(key: string): Promise<void>;
  keys(): string[];
  /** Bytes of the files in the upper directory. */
  usage(key: string): Promise<number>;
  /** Bytes that layers (0 for those that are gone) or upper directories need on disk, as du(1) tells. */
  diskUsage(of: { layers: readonly Digest[] } | { keys: readonly string[] }): Promise<number[]>;
  changes(key: string): Promise<Change[]>;
  /** Makes the snapshot's difference a layer: by renaming its directory (`move`: the snapshot is gone after it) or by copying. */
  commit(key: string, options: { move: boolean; signal?: AbortSignal }): Promise<Layer>;
  /** What a stack of layers, bottom first, is made of and wastes. Reads all of them the first time, in a worker thread. */
  explain(layers: readonly Digest[]): Promise<StackReport>;
  /** A tree as an archive, read in a worker thread; safe while others change it. Throws `not-found` when the path is not there. */
  archiveTree(root: string, options?: ArchiveTreeOptions): AsyncIterable<Uint8Array>;
  /**
   * Writes an archive (also compressed) into a tree, in a worker thread, as a process would whose root that is: nothing outside is
   * touched whatever the archive says. Existing files are replaced, directories merged.
   */
  extractTree(source: AsyncIterable<Uint8Array>, root: string, options?: ExtractTreeOptions): Promise<void>;
  /** Removes half-made layers and snapshots whose key `isKept` denies. */
  recover(isKept: (key: string) => boolean): Promise<void>;
}

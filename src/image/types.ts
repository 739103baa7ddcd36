import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryAuth } from '../registry/client/types.ts';

/** An image in the store. Its id is the digest of its config, as in Docker's classic store. */
export interface Image {
  readonly id: Digest;
  readonly config: ImageConfig;
  /** Sum of its layers, bytes. */
  readonly size: number;
  readonly createdAt: Date;
  /** Familiar names with tag, such as `busybox:latest`. */
  readonly tags: readonly string[];
  /** Familiar names with digest, such as `busybox@sha256:…`; of what was pulled or pushed. */
  readonly digests: readonly string[];
  /** The image that a build or commit started from. */
  readonly parent?: Digest;
  /** Manifest as pulled or loaded; absent for what was built here until it is pushed or saved. */
  readonly manifest?: Descriptor;
}

export type { RegistryAuth };

/** One step of a transfer, told per layer. `current` and `total` in bytes. */
export interface TransferProgress {
  /** Twelve digits of a layer, a tag, or absent for a line about the whole. */
  readonly id?: string;
  /** Docker's words: `Pulling fs layer`, `Downloading`, `Verifying Checksum`, `Download complete`, `Extracting`, `Pull complete`, `Already exists`, `Pushing`, `Pushed`, `Layer already exists`, … */
  readonly status: string;
  readonly current?: number;
  readonly total?: number;
}

export interface TransferOptions {
  readonly auth?: RegistryAuth;
  readonly platform?: Platform;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TransferProgress) => void;
}

export interface RemovedImage {
  readonly untagged?: string;
  readonly deleted?: Digest;
}

/** The image store. Everything it returns is a copy of a record; names and ids are resolved as Docker does (tag, short id, digest). */
export interface Images {
  list(): Image[];
  find(nameOrId: string): Image | undefined;
  /** Throws `not-found` with Docker's text `No such image: NAME`. */
  get(nameOrId: string): Image;
  pull(
    reference: Reference,
    options?: TransferOptions,
  ): Promise<{ image: Image; digest: Digest; upToDate: boolean }>;
  push(reference: Reference, options?: TransferOptions): Promise<{ digest: Digest; size: number }>;
  /** Loads a `docker save` or OCI archive (also compressed); returns the names and ids that it brought. */
  load(
    archive: AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal; onProgress?: (progress: TransferProgress) => void },
  ): Promise<{ image: Image; names: string[] }[]>;
  /** An archive that both Docker and OCI tools load. */
  save(names: readonly string[], options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** Makes a one-layer image of a root file system archive (`docker import`). */
  importRootfs(
    archive: AsyncIterable<Uint8Array>,
    options: {
      reference?: Reference;
      message?: string;
      changes?: Partial<ImageConfig['config']>;
      platform?: Platform;
      signal?: AbortSignal;
    },
  ): Promise<Image>;
  tag(nameOrId: string, reference: Reference): void;
  /** Records an image whose layers are in the snapshotter. Idempotent by content. `tags` move to it. */
  create(config: ImageConfig, options?: { tags?: readonly Reference[]; parent?: Digest }): Promise<Image>;
  /**
   * Untags, and deletes when nothing else names it. `inUseBy` names the container that uses an image, if any (`running` or not).
   * Throws `conflict` with Docker's texts.
   */
  remove(
    nameOrId: string,
    options: {
      force?: boolean;
      noPrune?: boolean;
      inUseBy: (id: Digest) => { id: string; running: boolean } | undefined;
    },
  ): Promise<RemovedImage[]>;
  /** Deletes untagged images (or, with `all`, every one that no container uses); unreferenced blobs and layers go with them. */
  prune(options: {
    all: boolean;
    isUsed: (id: Digest) => boolean;
    filter?: (image: Image) => boolean;
  }): Promise<{ removed: RemovedImage[]; freed: number }>;
  history(
    nameOrId: string,
  ): { created: Date; createdBy: string; size: number; comment: string; id?: Digest; tags: string[] }[];
  /** Keeps a layer from collection while a build holds it. */
  leaseLayers(diffIds: readonly Digest[]): Disposable;
  /** Deletes layers and blobs that no image, lease or `isUsed` layer needs. Returns bytes freed. */
  collect(isUsed?: (diffId: Digest) => boolean): Promise<number>;
}

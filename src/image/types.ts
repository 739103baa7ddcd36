import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryAuth, Repository } from '../registry/client/types.ts';
import type { LayerBlob } from './blob-records.ts';
import type { ExplainedImage } from './explain/types.ts';
import type { Distribution, DistributionRequest, LayerFormat } from './distribution/types.ts';

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
  /** The index (manifest list) that its names mean, when it is one platform of several. */
  readonly index?: Descriptor;
  /** When a user gave it a name here; not by a pull. */
  readonly lastTaggedAt?: Date;
}

/** One manifest of what a name means (Engine API, `ImageManifestSummary`). */
export interface ImageManifest {
  /** As the index has it; its platform is that of the image's config where the index tells none. */
  readonly descriptor: Descriptor;
  readonly kind: 'image' | 'attestation' | 'unknown';
  /** All of it is here. */
  readonly available: boolean;
  /** Bytes of its documents and archives in the content store. */
  readonly contentSize: number;
  readonly image?: Image;
  /** Of an attestation: the manifest that it is about. */
  readonly subject?: Digest;
}

/** A statement about an image that its builder filed beside it. */
export interface Attestation {
  readonly descriptor: Descriptor;
  readonly predicateType: string;
  /** The document, as it is. */
  readonly statement: Buffer;
}

export type { LayerBlob, LayerFormat, RegistryAuth };

/** One step of a transfer, told per layer. `current` and `total` in bytes. */
export interface TransferProgress {
  /** Twelve digits of a layer, a tag, or absent for a line about the whole. */
  readonly id?: string;
  /** Docker's words: `Pulling fs layer`, `Downloading`, `Verifying Checksum`, `Download complete`, `Extracting`, `Pull complete`, `Already exists`, `Pushing`, `Pushed`, `Layer already exists`, … */
  readonly status: string;
  readonly current?: number;
  readonly total?: number;
  /** For programs instead of people, such as which manifest was pushed instead of an index. */
  readonly aux?: object;
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

/** Bytes that images need on disk, as du(1) tells: extracted layers and blobs. */
export interface ImagesUsage {
  /** Of all, each layer once; without what only the build cache has. */
  readonly total: number;
  /** With all its platforms. */
  sizeOf(image: Image): number;
  /** What of that is other images', too. */
  sharedSizeOf(image: Image): number;
}

/** The image store. Everything it returns is a copy of a record; names and ids are resolved as Docker does (tag, short id, digest). */
export interface Images {
  /** Newest first. Further platforms of a named image are left out, but for `all`. */
  list(options?: { all?: boolean }): Image[];
  find(nameOrId: string): Image | undefined;
  /** Throws `not-found` with Docker's texts: `No such image: NAME`, or that it is not of the platform asked for. */
  get(nameOrId: string, platform?: Platform): Image;
  usage(): Promise<ImagesUsage>;
  /** The further platforms of an image that have no names of their own: they are stored, counted and removed with it. */
  variantsOf(image: Image): Image[];
  /** What a name or id means in a registry: an index, or the manifest of the image; undefined for what was only made here. */
  target(nameOrId: string): Descriptor | undefined;
  /** The manifests behind a name: those of its index, here or not; else the one of the image. */
  manifests(nameOrId: string): Promise<ImageManifest[]>;
  /** The statements that are filed beside an image of an index. */
  attestations(nameOrId: string, platform?: Platform): Promise<Attestation[]>;
  /** Full names of repositories that an image was pulled from or pushed to. */
  origins(image: Image): string[];
  /** A single image that is of no index is taken whatever its platform. */
  pull(
    reference: Reference,
    options?: TransferOptions,
  ): Promise<{ image: Image; digest: Digest; upToDate: boolean }>;
  push(reference: Reference, options?: TransferOptions): Promise<{ digest: Digest; size: number }>;
  /** Loads a `docker save` or OCI archive (also compressed); returns the names and ids that it brought. */
  load(
    archive: AsyncIterable<Uint8Array>,
    options?: {
      /** Of images of several platforms only these. */
      platforms?: readonly Platform[];
      signal?: AbortSignal;
      onProgress?: (progress: TransferProgress) => void;
    },
  ): Promise<{ image: Image; names: string[] }[]>;
  /** An archive that both Docker and OCI tools load; of images of several platforms with all that are here, or those of `platforms`. */
  save(
    names: readonly string[],
    options?: { platforms?: readonly Platform[]; signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
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
   * Makes layers of an image anew in which no file is younger than `epoch` (seconds since 1970), but for those of its parent. They are kept
   * until the result is disposed of.
   */
  clampTimes(
    config: ImageConfig,
    options: { parent?: Digest | undefined; epoch: number; signal: AbortSignal },
  ): Promise<{ readonly config: ImageConfig } & Disposable>;
  /** Writes images whose layers are in the snapshotter as manifests, with an index over them, to be recorded, pushed or archived. */
  distribute(request: DistributionRequest, options: { signal: AbortSignal }): Promise<Distribution>;
  /**
   * Untags, and deletes when nothing else names it. `inUseBy` names the container that uses an image, if any (`running` or not).
   * Throws `conflict` with Docker's texts.
   */
  remove(
    nameOrId: string,
    options: {
      force?: boolean;
      noPrune?: boolean;
      /** Only these platforms of it. */
      platforms?: readonly Platform[];
      inUseBy: (id: Digest) => { id: string; running: boolean } | undefined;
    },
  ): Promise<RemovedImage[]>;
  /** Deletes untagged images (or, with `all`, every one that no container uses); unreferenced blobs and layers go with them. */
  prune(options: {
    all: boolean;
    isUsed: (id: Digest) => boolean;
    /** The names (`busybox:latest`) by which containers have theirs: they stay. Of one that has no such name the last one stays. */
    usedNames?: ReadonlySet<string>;
    filter?: (image: Image) => boolean;
  }): Promise<{ removed: RemovedImage[]; freed: number }>;
  history(
    nameOrId: string,
    platform?: Platform,
  ): { created: Date; createdBy: string; size: number; comment: string; id?: Digest; tags: string[] }[];
  /** Brings a layer that is of no image from where its archive is, and extracts it. The caller holds a lease of it. */
  fetchLayer(
    layer: LayerBlob,
    source: Pick<Repository, 'blob'>,
    options: Pick<TransferOptions, 'signal' | 'onProgress'>,
  ): Promise<void>;
  /** Bytes on disk of the archives of a layer. */
  archivesSize(diffId: Digest): number;
  /** An archive of a layer in a format, made at most once: in the content store for as long as the layer is needed. */
  archiveLayer(diffId: Digest, format: LayerFormat, options: { signal: AbortSignal }): Promise<LayerBlob>;
  /** What its layers are made of and waste, and what would make it smaller. */
  explain(nameOrId: string, platform?: Platform): Promise<ExplainedImage>;
  /** Keeps a layer from collection while a build holds it. */
  leaseLayers(diffIds: readonly Digest[]): Disposable;
  /** After a start of the engine: extracts layers again that the machine lost. */
  recover(): Promise<void>;
  /** Deletes layers and blobs that no image, lease or `isUsed` layer needs. Returns bytes freed. */
  collect(isUsed?: (diffId: Digest) => boolean): Promise<number>;
}

import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ImageConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Image, RegistryAuth, TransferProgress } from '../types.ts';

export type Annotations = Readonly<Record<string, string>>;

/** How layers are compressed that have no archive of that kind yet. */
export interface LayerFormat {
  readonly compression: 'gzip' | 'zstd' | 'uncompressed';
  /** The compressor's own; default: a fast one. */
  readonly level?: number;
  /** Layers that came with a base image, too. */
  readonly force: boolean;
}

/** A statement about an image that is filed beside it (in-toto). */
export interface Statement {
  readonly predicateType: string;
  readonly content: Buffer;
}

/** One image of a distribution. Its layers are in the snapshotter, and leased by the caller. */
export interface DistributedImage {
  readonly config: ImageConfig;
  /** The image that it was made from: the archives of its layers are taken as they are. */
  readonly parent?: Digest | undefined;
  readonly annotations?: Annotations;
  /** Of its entry in the index. */
  readonly descriptorAnnotations?: Annotations;
  /** What is stated about its manifest. */
  readonly statements?: (manifest: Descriptor) => Promise<readonly Statement[]>;
}

export interface DistributionRequest {
  readonly images: readonly DistributedImage[];
  /** Undefined: a single image without an index, and without statements. */
  readonly index?: {
    readonly annotations: Annotations;
    /** What has the statements names the manifest that they are about (OCI image spec, "artifact", "subject"). */
    readonly asArtifacts?: boolean;
  };
  readonly format: LayerFormat;
  /** Names of media types: those of the OCI, or of Docker. */
  readonly ociTypes: boolean;
}

/**
 * An image, or several of one index, as documents and archives in the content store: all that a registry or a file gets of it. Nothing of it is
 * recorded yet; it is kept until it is disposed of.
 */
export interface Distribution extends Disposable {
  /** The index, else the manifest. */
  readonly root: Descriptor;
  readonly images: readonly {
    readonly manifest: Descriptor;
    readonly platform: Platform;
    readonly id: Digest;
  }[];
  /** All blobs, what is named by others before what names it. */
  readonly blobs: readonly Descriptor[];
  /** The bytes of one of its blobs. */
  open(digest: Digest): AsyncIterable<Uint8Array>;
  /** Makes images of the store of it; `tags` mean the whole from now on. Returns what they mean on this host. */
  record(tags: readonly Reference[]): Image;
  /** Brings all of it to a registry; without a tag under its digest alone. */
  push(
    reference: Reference,
    options: {
      readonly auth?: RegistryAuth;
      readonly signal: AbortSignal;
      readonly onProgress?: (progress: TransferProgress) => void;
    },
  ): Promise<void>;
  /** An archive in the OCI layout, with Docker's own document when it is to have it. */
  archive(options: {
    readonly names: readonly Reference[];
    readonly docker: boolean;
    readonly annotations?: Annotations;
  }): AsyncIterable<Uint8Array>;
}

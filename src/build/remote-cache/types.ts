import type { LayerBlob, LayerFormat, TransferProgress } from '../../image/types.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Reference } from '../../oci/reference.ts';
import type { ManifestContent, RegistryAuth, UploadSource } from '../../registry/client/types.ts';

/** The result of a step, as engines tell it each other. */
export interface RemoteRecord {
  readonly key: string;
  readonly layer: Digest;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** How long it took. */
  readonly milliseconds: number;
  /** What was told of it. */
  readonly warnings?: readonly string[];
}

/** What a cache consists of, but for the archives of its layers. */
export interface CacheDocument {
  readonly records: readonly RemoteRecord[];
  /** Layers whose archives go with it; records may have others, too: they are known, and can't be fetched. */
  readonly layers: readonly LayerBlob[];
  /** Keys of instructions that only change the config. */
  readonly metadata: readonly string[];
  /** What is known of files in layers, for COPY from stages that need not be there for it. */
  readonly digests: Readonly<Record<string, string>>;
}

/** What a build came to that others can use: its steps with their results, also of stages that are no part of the image. */
export type SolvedCache = Omit<CacheDocument, 'layers'>;

/** Where a cache is read from. */
export interface CacheReader {
  /** For messages. */
  readonly name: string;
  root(signal: AbortSignal): Promise<ManifestContent>;
  manifest(descriptor: Descriptor, signal: AbortSignal): Promise<ManifestContent>;
  /** A small blob, whole and verified. */
  smallBlob(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer>;
  /** The bytes of a blob from an offset on; whoever stores them checks them. */
  blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    offset: number,
    options?: { signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
}

/** Where a cache is written to. */
export interface CacheWriter {
  readonly name: string;
  /** Does nothing when it is there. */
  blob(
    source: UploadSource,
    options: { signal: AbortSignal; onProgress: (progress: TransferProgress) => void },
  ): Promise<void>;
  /** The last thing that is written: what names all others. */
  root(manifest: Descriptor & { readonly content: Buffer }, signal: AbortSignal): Promise<void>;
}

export type CacheTarget =
  | { readonly reference: Reference; readonly auth?: RegistryAuth | undefined }
  | { readonly writer: CacheWriter };

export interface CacheExport {
  /** `min`: archives of the layers of the images only; `max`: of all steps. */
  readonly mode: 'min' | 'max';
  readonly format: LayerFormat;
  /** Names of media types: those of the OCI, or of Docker. */
  readonly ociTypes: boolean;
  /** As a manifest, which every registry takes, or as an index, as older clients have it. */
  readonly imageManifest: boolean;
}

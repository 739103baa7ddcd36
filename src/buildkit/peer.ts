import type { BuildClient, BuildRequest, ReceivedContext } from '../build/types.ts';
import type { Digest } from '../oci/digest.ts';
import type { ClientDockerfile } from './frontend/local-context.ts';

/** What of a client's directory is wanted. */
export interface FileSelection {
  /** The name that the client gave the directory: `context`, `dockerfile`, or that of a named context. */
  readonly directory: string;
  /** Patterns as in .dockerignore. */
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  /** Paths that are wanted with whatever their symlinks lead to. */
  readonly follow?: readonly string[];
}

export interface ReceiveOptions {
  /** What is built, so that of files that came before only changes are sent. */
  readonly lineage: string;
  readonly signal: AbortSignal;
  /** Told of the bytes that came so far. */
  readonly onTransfer?: (bytes: number, done: boolean) => void;
}

/** A tree to be sent. */
export interface SentTree {
  readonly root: string;
  /** The directory that it goes into; undefined = the output itself. */
  readonly under?: string | undefined;
  /** The time of all files, in seconds. */
  readonly epoch?: number | undefined;
  /** Documents that go beside its files. */
  readonly extra?: readonly { readonly name: string; readonly content: Buffer }[];
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Documents and blobs in a directory of a client. */
export interface BlobSource {
  has(digest: Digest, signal: AbortSignal): Promise<boolean>;
  read(digest: Digest, offset: number, signal: AbortSignal | undefined): AsyncIterable<Uint8Array>;
}

/** The client of a build, as far as the build needs it: it has files, secrets and credentials, and takes what comes of the build. */
export interface Peer extends BuildClient {
  /** Names the client and what it builds over several builds; '' when it does not say. */
  readonly sharedKey: string;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
  readonly credentials: BuildRequest['credentials'];
  /** The directory of its context, where the engine reads it itself. */
  readonly directory?: string;
  /** The Dockerfile, where it comes from neither the context nor a directory. */
  readonly dockerfile?: ClientDockerfile;
  /** Files of a directory of the client; no fewer than are selected. */
  receiveDirectory(selection: FileSelection, options: ReceiveOptions): Promise<ReceivedContext>;
  /** What the client hands out itself under a URL, such as its standard input. */
  readUpload(url: string, signal: AbortSignal): AsyncIterable<Buffer>;
  /** One file for output number `output`; `about` tells the client of it. */
  sendFile(
    content: Chunks,
    output: number,
    signal: AbortSignal,
    about?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Files for the directory of output number `output`. */
  sendTree(tree: SentTree, output: number, signal: AbortSignal): Promise<void>;
  /** Whether it takes blobs one by one. */
  readonly takesBlobs: boolean;
  /** One blob for a store: `export:NUMBER` of an output, `local:DIRECTORY` of a cache. */
  sendBlob(
    store: string,
    blob: { readonly digest: Digest; readonly size: number; readonly content: Chunks },
    signal: AbortSignal,
  ): Promise<void>;
  /** What it has in a store: `oci:NAME` of an image, `local:DIRECTORY` of a cache. */
  openStore(store: string): BlobSource;
}

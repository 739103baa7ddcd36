import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Reference } from '../../oci/reference.ts';

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  /** A refresh token that the registry's token service gave at login. */
  readonly identityToken?: string;
  /** A bearer token that is sent as it is. */
  readonly registryToken?: string;
}

export interface RegistrySettings {
  /** Mirrors by registry domain, asked in order before the registry itself, for pulls only. A path in a URL is put before the repository. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Hosts (`name`, `name:port`) and CIDR ranges that may be reached without a valid certificate or without TLS. Loopback always may. */
  readonly insecure?: readonly string[];
  /** Directory with one directory per `host[:port]` that holds `*.crt` (authorities), `*.cert` and `*.key` (client), as Docker's certs.d. */
  readonly caDir?: string;
  /** Where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are looked up; no proxy when absent. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which a registry that says nothing is given up; 60,000 when absent. */
  readonly silence?: number;
}

export interface ManifestContent {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
}

/** A blob to upload; `open` gives its bytes from an offset on and may be called again after a failure. */
export interface UploadSource {
  readonly digest: Digest;
  readonly size: number;
  open(offset: number): AsyncIterable<Uint8Array>;
}

export type UploadResult = { done: 'exists' | 'uploaded' } | { done: 'mounted'; from: string };

/**
 * One repository of a registry, for one user. Everything read is checked against digest and size before it is returned
 * (`blob` is the exception: whoever stores it checks it while writing). Transient failures are tried again with growing pauses.
 */
export interface Repository {
  readonly reference: Reference;
  /** Throws when the registry can't be reached. */
  reach(options?: { signal?: AbortSignal }): Promise<void>;
  /** What a tag or digest points to, without fetching it. Throws `not-found` with Docker's text. */
  resolve(tagOrDigest: string, options?: { signal?: AbortSignal }): Promise<Descriptor>;
  manifest(tagOrDigest: string, options?: { size?: number; signal?: AbortSignal }): Promise<ManifestContent>;
  /** A small blob, whole and verified. */
  smallBlob(descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<Buffer>;
  /** The bytes of a blob from `offset` on. A broken connection is taken up again at its byte. */
  blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    offset: number,
    options?: { signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  hasBlob(digest: Digest, options?: { signal?: AbortSignal }): Promise<boolean>;
  /** Uploads unless the repository has it or can take it from one of the repositories `mountFrom` of the same registry. */
  upload(
    source: UploadSource,
    options?: { mountFrom?: readonly string[]; onBytes?: (sent: number) => void; signal?: AbortSignal },
  ): Promise<UploadResult>;
  /** Returns the digest under which the registry filed it. */
  putManifest(
    tagOrDigest: string,
    manifest: { mediaType: string; content: Uint8Array },
    options?: { signal?: AbortSignal },
  ): Promise<Digest>;
  tags(options?: { signal?: AbortSignal }): Promise<string[]>;
}

export interface Registry {
  /** Does no I/O. `push` asks for the right to write and leaves mirrors out. */
  repository(
    reference: Reference,
    options: { actions: 'pull' | 'push'; auth?: RegistryAuth; mountFrom?: readonly string[] },
  ): Repository;
  /** Checks credentials (`docker login`); returns the refresh token that the registry gives instead of a password, if it does. `domain` may be a URL, as clients store it. */
  login(
    domain: string,
    auth: RegistryAuth,
    options?: { signal?: AbortSignal },
  ): Promise<{ identityToken?: string }>;
  /** Looks for repositories in an index (`host/term`; Docker Hub without a host). What comes back is not checked. */
  search(
    term: string,
    options: { limit: number; auth?: RegistryAuth; signal?: AbortSignal },
  ): Promise<Readonly<Record<string, unknown>>[]>;
  close(): void;
}

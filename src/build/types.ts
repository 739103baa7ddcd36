import type { Duplex } from 'node:stream';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Platform } from '../oci/platform.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { RegistryAuth, TransferProgress } from '../image/types.ts';
import type { ImportedCache } from './remote-cache/imported-caches.ts';
import type { CacheExport, CacheReader, CacheTarget, SolvedCache } from './remote-cache/types.ts';
import type { CheckResult, DescribedBuild } from './check/types.ts';
import type { NamedContexts, OpenFiles } from './plan/named-contexts.ts';
import type { PlanWarning, StepResources, Ulimit } from './plan/types.ts';
import type { FailedPlace } from './failed/types.ts';
import type { CacheMountUsage } from './gc/cache-mount-calls.ts';
import type { CacheUsage, GcPolicy, Pruning } from './gc/types.ts';
import type { BuildHistory } from './history/build-history.ts';
import type { FetchContextOptions } from './remote/fetch-context.ts';
import type { OfferedFiles } from './context/receive-offered.ts';
import type { SourcePolicy } from './policy/source-policy.ts';

export interface BuildRequest {
  /** Directory of the extracted context. Owned by the caller. */
  readonly contextDir: string;
  /** In its place. Its ignore file is given with the Dockerfile. */
  readonly openContext?: OpenFiles;
  /** Path in the context, or the text itself. */
  readonly dockerfile:
    | {
        readonly path: string;
        /** A client has packed the context: it has left out itself what its ignore file says. */
        readonly isPacked?: boolean;
      }
    | {
        readonly text: string;
        /** For messages; default: `Dockerfile`. */
        readonly name?: string;
        /** Patterns of the ignore file that goes with it; default: that of the context. */
        readonly ignore?: readonly string[];
      };
  readonly tags: readonly string[];
  /** What is built: only builds of the same are compared to say why a step ran. Default: the first tag, else the context. */
  readonly lineage?: string;
  /** Under which it is on record; default: a new one. */
  readonly id?: string;
  /** Builds that are one to their client, such as those of several platforms. */
  readonly group?: BuildGroup;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  /** Stages that are built anew, by name. */
  readonly noCacheStages?: readonly string[];
  /** Always look for newer base images. */
  readonly pull: boolean;
  /** `default`, `none`, `host`, or a network. */
  readonly network: string;
  readonly platform?: string;
  readonly extraHosts: readonly string[];
  readonly shmSize?: number;
  readonly ulimits?: readonly Ulimit[];
  readonly squash?: boolean;
  /** Group in the cgroup trees below which steps run. */
  readonly cgroupParent?: string;
  /** That steps see; default: BuildKit's. */
  readonly hostname?: string;
  /** Limits of each step. */
  readonly resources?: StepResources;
  /** What steps may do that could harm the machine (`network.host`, `security.insecure`); default: the network of the host. */
  readonly entitlements?: readonly string[];
  /** Keeps the file system that a failed RUN leaves, so that a shell may be opened in it. */
  readonly keepFailed?: boolean;
  /** Images and caches in registries, by name, whose steps need not be done again. */
  readonly cacheFrom: readonly string[];
  /** Where caches are named and none of them is there, nothing is taken from the engine's own either: the classic builder's way. */
  readonly onlyNamedCaches?: boolean;
  /** Caches that were read already. */
  readonly caches?: readonly ImportedCache[];
  /** The image's config tells what it came from, so that it is a cache itself. Default: what `BUILDKIT_INLINE_CACHE` says. */
  readonly inlineCache?: boolean;
  /** Names that mean something else than stages and images of the same names. */
  readonly contexts?: NamedContexts;
  /** What may be read, and what is read instead; default: everything. */
  readonly policy?: SourcePolicy | undefined;
  /** Credentials for a registry, such as `docker.io` or `localhost:5000`. */
  readonly credentials: (domain: string, signal: AbortSignal) => Promise<RegistryAuth | undefined>;
  /** Absent for clients that bring neither secrets nor agents. */
  readonly client?: BuildClient;
}

/** What one of several builds did without the cache, the others take. */
export interface BuildGroup {
  readonly id: string;
  /** Keys of the steps that were. */
  readonly done: Set<string>;
}

/** What a build asks of its client while it runs. Nothing of it gets into a layer, a key or the history. */
export interface BuildClient {
  /** Undefined when it has no secret of that name. */
  secret(id: string, signal: AbortSignal): Promise<Buffer | undefined>;
  hasAgent(id: string, signal: AbortSignal): Promise<boolean>;
  /** Joins a connection with an SSH agent of the client until either ends it. */
  connectAgent(id: string, socket: Duplex, signal: AbortSignal): Promise<void>;
}

/** Something that a build fetched by a URL. */
export interface FetchedSource {
  readonly uri: string;
  /** By algorithm: `sha256` of a file, `sha1` of a commit. */
  readonly digest: Readonly<Record<string, string>>;
}

/** An image that a build took something from. */
export interface BaseImage {
  /** As it was asked for. */
  readonly name: string;
  readonly platform: Platform;
  /** What the name means in a registry; of an image that was made here its id. */
  readonly digest: Digest;
}

/** An image that was built and is not recorded yet. Its layers are kept until it is disposed of. */
export interface BuiltImage extends Disposable {
  readonly config: ImageConfig;
  /** The image that it is made from. */
  readonly parent?: Digest;
  /** The images that its stages stand on or copy from. */
  readonly bases: readonly BaseImage[];
  /** What it loaded from URLs and git repositories. */
  readonly fetched: readonly FetchedSource[];
  /** The build, as it is on record. */
  readonly buildId: string;
  /** Its steps and their results, for other engines. */
  readonly cache: SolvedCache;
  /** Brings layers of its steps that were never needed here. */
  fetchLayers(layers: readonly Digest[], signal: AbortSignal): Promise<void>;
}

/** Why a step ran, or that it did not: the builder's decisions as data. */
export type CacheDecision = { readonly hit: true } | { readonly hit: false; readonly why: string };

/** What a build tells while it runs. Steps are numbered within the whole build, as they are planned. */
export type BuildEvent =
  | {
      readonly type: 'plan';
      readonly steps: readonly {
        readonly index: number;
        readonly name: string;
        /** The same with the values of variables, as far as they are known; default: its name. */
        readonly shown?: string;
        /** The image that FROM names. */
        readonly image?: string;
        readonly stage: string;
        /** That its stage is built for. */
        readonly platform?: string;
        readonly file: string;
        readonly line: number;
      }[];
    }
  | {
      readonly type: 'step-started';
      readonly index: number;
      readonly name: string;
      readonly cache: CacheDecision;
      /** The same for steps, also of other builds, that give the same result. */
      readonly key?: string;
    }
  | {
      readonly type: 'step-output';
      readonly index: number;
      readonly stream: 'stdout' | 'stderr';
      readonly data: Buffer;
    }
  | {
      readonly type: 'step-progress';
      readonly index: number;
      readonly id: string;
      readonly status: string;
      readonly current?: number;
      readonly total?: number;
    }
  | {
      readonly type: 'step-ended';
      readonly index: number;
      readonly milliseconds: number;
      readonly imageId?: Digest;
      readonly error?: string;
    }
  | {
      /** An image is looked for, or was found or not. */
      readonly type: 'image-lookup';
      /** As it was asked for. */
      readonly name: string;
      readonly ended: boolean;
      /** What the name means in a registry, where that is known. */
      readonly digest?: Digest;
      readonly error?: string;
    }
  /** `step`: what it was found in, where that is not the text alone. */
  | ({ readonly type: 'warning'; readonly step?: number } & PlanWarning)
  | {
      readonly type: 'done';
      readonly imageId: Digest;
      readonly tags: readonly string[];
      readonly buildId: string;
    };

/** A context that a client sent as an archive. Its directory is kept until it is disposed of, then used for the next of its kind. */
export interface ReceivedContext extends Disposable {
  readonly directory: string;
  /** The text of a Dockerfile that docker's client put into the context only to send it: build that, not the path asked for. */
  readonly dockerfile?: string;
  /** Of a git repository. */
  readonly commit?: string;
  /** The time of its commit, or of the file that it came in; seconds since 1970. Undefined where nothing tells it. */
  readonly madeAt?: () => Promise<number | undefined>;
}

/** The merged files of an image. */
export interface OpenRootfs extends AsyncDisposable {
  readonly root: string;
}

export interface Builder {
  /**
   * Unpacks the archive of a context (plain or compressed), safe whatever it holds. Of a context of the same `lineage` (what is built,
   * such as the first tag) that came before, only what changed is written. `dockerfile`: its name in the context, as the client says.
   */
  receiveContext(
    archive: AsyncIterable<Uint8Array>,
    options: { lineage: string; dockerfile?: string; signal?: AbortSignal },
  ): Promise<ReceivedContext>;
  /** Brings the directory of a `lineage` in line with files that a client offers: only what changed is asked for. */
  receiveFiles(files: OfferedFiles, lineage: string): Promise<ReceivedContext>;
  /** Fetches what a URL means (remote/fetch-context.ts): a git repository, an archive, or a Dockerfile alone. */
  fetchContext(remote: string, options: FetchContextOptions): Promise<ReceivedContext>;
  /** Builds an image. Errors in the Dockerfile carry `file:line:column` in their message; a failed RUN has Docker's text (`The command '…' returned a non-zero code: N`). */
  build(
    request: BuildRequest,
    options: { signal?: AbortSignal; onEvent?: (event: BuildEvent) => void },
  ): Promise<{ imageId: Digest }>;
  /** Builds as well, and leaves it to the caller what becomes of the result. */
  solve(
    request: BuildRequest,
    options: { signal?: AbortSignal; onEvent?: (event: BuildEvent) => void },
  ): Promise<BuiltImage>;
  /** Reads a cache of an image, a registry (by name), or a client. Throws when there is none, or one that is not ours. */
  readCache(
    from: string | CacheReader,
    options: { credentials: BuildRequest['credentials']; signal: AbortSignal },
  ): Promise<ImportedCache>;
  /** Writes what images came from where other engines find it. Undefined when there is nothing to be told. */
  exportCache(
    images: readonly BuiltImage[],
    target: CacheTarget,
    options: CacheExport & { signal: AbortSignal; onProgress?: (progress: TransferProgress) => void },
  ): Promise<Descriptor | undefined>;
  /** The files of a result, until it is disposed of; to be read only. */
  openRootfs(image: BuiltImage): OpenRootfs;
  /** Looks at a Dockerfile without building anything: what its checks find, and what makes it fail. */
  check(request: BuildRequest, options: { signal?: AbortSignal }): Promise<CheckResult>;
  /** What the needed stages offer and ask for. Throws DockerfileError. */
  describe(request: BuildRequest): DescribedBuild;
  /** Which of these named contexts a build reads; undefined where that is not known beforehand. */
  usedContexts(request: BuildRequest, names: readonly string[]): ReadonlySet<string> | undefined;
  readonly history: Pick<BuildHistory, 'list' | 'find' | 'get' | 'remove' | 'fail'>;
  /** What failed steps left: the last one of each lineage, until its next build or a prune. */
  readonly failures: {
    has(buildId: string): boolean;
    /** Without a build the newest one. Throws `not-found`. */
    open(buildId?: string): FailedPlace;
  };
  /** How long it took to make layers, in milliseconds; those are left out that no record has. */
  layerTimes(layers: readonly Digest[]): ReadonlyMap<Digest, number>;
  /** Removes what is meant of the cache, and the layers that only it held. */
  prune(pruning: Pruning): Promise<{ readonly deleted: readonly CacheUsage[]; readonly freed: number }>;
  /** What the cache has, the things used longest ago first; with `filters` (one must hold) only some of it. */
  cacheUsage(filters?: readonly string[]): Promise<CacheUsage[]>;
  /** The directories behind `RUN --mount=type=cache`, by their ids or names. */
  readonly cacheMounts: {
    list(): Promise<CacheMountUsage[]>;
    /** An archive of its files. Throws `not-found`. */
    export(idOrName: string, options: { signal?: AbortSignal }): AsyncIterable<Uint8Array>;
    /** Puts the files of an archive (also compressed) in the place of what it has, or makes it. Throws `conflict` while it is in use. */
    import(
      id: string,
      archive: AsyncIterable<Uint8Array>,
      options: { signal?: AbortSignal },
    ): Promise<CacheMountUsage>;
    /** Returns the bytes freed. Throws `not-found`, and `conflict` while it is in use. */
    remove(idOrName: string): Promise<number>;
  };
  /** How the cache is kept small after builds. */
  gcPolicies(): readonly GcPolicy[];
  /** Layers that the cache wants kept. */
  holdsLayer(diffId: Digest): boolean;
  recover(): Promise<void>;
}

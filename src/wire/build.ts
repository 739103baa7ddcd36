/** What only this engine answers: `/lading/cache-mounts`, `/lading/build`, `/lading/builds` and `/lading/images/{name}/explain`. */

/**
 * `POST /lading/build`: this document on the first line of the body; when the context is an archive, its bytes follow. The answer is a
 * `BuildEventLine` a line.
 */
export interface BuildCall {
  /** A directory that the engine reads itself, an archive behind this document, or what a URL means. */
  readonly context:
    | ({ readonly kind: 'directory' } & DirectoryCall)
    | { readonly kind: 'archive' }
    | { readonly kind: 'remote'; readonly url: string };
  /** A path in the context, or the text itself. */
  readonly dockerfile: {
    readonly path?: string;
    readonly text?: string;
    readonly name?: string;
    /** Patterns of an ignore file of its own. */
    readonly ignore?: readonly string[];
  };
  /** What is built, to compare it with earlier builds of it; default: the first tag, else the directory. */
  readonly lineage?: string;
  /** What is asked of the Dockerfile, in BuildKit's words: `build-arg:NAME`, `label:NAME`, `target`, `platform`, `requestid` and so on. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Where the result goes; of those that are files, their bytes come in the answer. Default: nowhere but the cache. */
  readonly outputs?: readonly BuildOption[];
  readonly cacheFrom?: readonly BuildOption[];
  readonly cacheTo?: readonly BuildOption[];
  /** What steps may do that could harm the machine, such as `network.host`. */
  readonly allow?: readonly string[];
  /** What may be read, and what is read instead, as a policy file of BuildKit says it. Default: everything. */
  readonly policy?: { readonly rules?: readonly object[] };
  /** More directories that the engine reads itself, by what attributes call them: NAME of `local:NAME`, `oci:NAME` of an image layout, `local:DIR` of a cache. */
  readonly directories?: Readonly<Record<string, DirectoryCall>>;
  /** Contents in base64, by id. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Sockets of agents, which the engine connects to, by id. */
  readonly agents?: Readonly<Record<string, string>>;
  /** Credentials by registry. */
  readonly credentials?: Readonly<Record<string, object>>;
  /** Keeps what a failed step left. Default true. */
  readonly keepFailed?: boolean;
}

/** `identity` is how the client sees the directory (`dev:ino`), so that the same one is meant. */
export interface DirectoryCall {
  readonly path: string;
  readonly identity: string;
}

/** `type=…,name=value,…` of an output or a cache. */
export interface BuildOption {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type CacheAnswer = { readonly hit: true } | { readonly hit: false; readonly why: string };

/** What a build tells, in order; the last line is `done`, `answered` or `failed`. Steps of several platforms have numbers of their own. */
export type BuildEventLine =
  | { readonly type: 'begun'; readonly buildId: string }
  | {
      readonly type: 'plan';
      /** That these steps are for, where the build is for several. */
      readonly platform?: string;
      readonly steps: readonly {
        readonly index: number;
        readonly name: string;
        readonly shown?: string;
        readonly image?: string;
        readonly stage: string;
        /** That its stage is built for. */
        readonly platform?: string;
        readonly file: string;
        readonly line: number;
      }[];
    }
  | {
      readonly type: 'image-lookup';
      readonly name: string;
      readonly ended: boolean;
      readonly digest?: string;
      readonly error?: string;
    }
  | {
      readonly type: 'step-started';
      readonly index: number;
      readonly name: string;
      readonly cache: CacheAnswer;
      /** The same for equal steps of other platforms, which are done once. */
      readonly key?: string;
    }
  | {
      readonly type: 'step-output';
      readonly index: number;
      readonly stream: 'stdout' | 'stderr';
      /** base64 */
      readonly data: string;
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
      readonly imageId?: string;
      readonly error?: string;
    }
  | {
      readonly type: 'warning';
      readonly rule?: string;
      readonly message: string;
      /** Where it was found, if that is in a file. */
      readonly file?: string;
      readonly line?: number;
      readonly endLine?: number;
    }
  /** Something that is done besides the steps, such as to write an output; its parts are those of an output, such as a layer. */
  | { readonly type: 'task-started'; readonly task: number; readonly name: string }
  | {
      readonly type: 'task-progress';
      readonly task: number;
      readonly part: string;
      readonly current: number;
      readonly total: number;
      readonly done: boolean;
    }
  | {
      readonly type: 'task-ended';
      readonly task: number;
      readonly milliseconds: number;
      readonly error?: string;
    }
  /**
   * A piece of what an output is made of, in base64; without `data` it is complete. `to` is the number of the output (`0`), or for one blob of
   * an image layout `export:NUMBER`, of a cache `local:DIR`. What comes for `type=local` are archives of its files.
   */
  | { readonly type: 'data'; readonly to: string; readonly blob?: string; readonly data?: string }
  /** What was asked by `requestid` in the place of a build, as documents by name. */
  | { readonly type: 'answered'; readonly documents: Readonly<Record<string, string>> }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly buildId: string;
      /** Of the command that failed. */
      readonly exitCode?: number;
      /** Where in the Dockerfile. */
      readonly file?: string;
      readonly line?: number;
      readonly column?: number;
      /** The Dockerfile as it was read. */
      readonly source?: string;
      /** The file system of the failed step is there to be looked at. */
      readonly kept: boolean;
    }
  | {
      readonly type: 'done';
      readonly buildId: string;
      /** Undefined where no image was made. */
      readonly imageId?: string;
      /** Its names, in short. */
      readonly tags: readonly string[];
      /** What is known of the outputs, in BuildKit's words: `containerimage.digest`, `image.name`, `cache.manifest` and so on. */
      readonly response: Readonly<Record<string, string>>;
      /** How it was built (SLSA v0.2), by platform. */
      readonly provenance: Readonly<Record<string, object>>;
    };

/** `GET /lading/builds`, `GET /lading/builds/{id}` */
export interface BuildAnswer {
  readonly id: string;
  /** What was built: a tag, a directory, or ''. */
  readonly lineage: string;
  readonly dockerfile: string;
  readonly target: string;
  readonly startedAt: string;
  /** Absent while it runs. */
  readonly endedAt?: string;
  readonly imageId?: string;
  readonly error?: string;
  readonly steps: readonly BuildStepAnswer[];
  /** A failed step's file system is kept. */
  readonly failureKept: boolean;
}

export interface BuildStepAnswer {
  readonly index: number;
  readonly name: string;
  readonly stage: string;
  readonly line: number;
  /** Absent when its turn never came. */
  readonly cache?: CacheAnswer;
  readonly milliseconds?: number;
  readonly error?: string;
}

/** `POST /lading/builds/{id}/failure`: an image of what a failed step left, and how a shell in it has to be run. */
export interface FailureAnswer {
  readonly buildId: string;
  readonly image: string;
  /** The instruction as written. */
  readonly step: string;
  readonly stage: string;
  readonly line: number;
  readonly exitCode: number;
  /** The command of the step. */
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly network: string;
  readonly extraHosts: readonly string[];
  readonly mounts: readonly (
    | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
    | { readonly type: 'tmpfs'; readonly target: string }
  )[];
  /** Mounts that are not there any more, in words. */
  readonly missing: readonly string[];
}

/** `GET /lading/images/{name}/explain` */
export interface ImageExplanation {
  readonly id: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly layers: readonly LayerExplanation[];
  /** Files that are in more than one place with the same content; `waste` = without the first. The most wasteful ones only. */
  readonly duplicates: readonly {
    readonly size: number;
    readonly count: number;
    readonly paths: readonly string[];
    readonly waste: number;
  }[];
  /** Bytes that nobody who runs the image sees or needs: hidden files, caches, duplicates; each file once. */
  readonly waste: number;
  readonly advice: readonly { readonly text: string; readonly saves: number; readonly layer?: number }[];
}

export interface LayerExplanation {
  readonly diffId: string;
  /** The instruction that made it. */
  readonly instruction: string;
  /** It is one of the image that this one stands on. */
  readonly isBase: boolean;
  readonly createdAt?: string;
  readonly size: number;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  /** Files of this layer that a later one replaced or deleted. */
  readonly hidden: { readonly files: number; readonly bytes: number; readonly largest: readonly string[] };
  /** What package managers left. */
  readonly caches: readonly {
    readonly name: string;
    readonly path: string;
    readonly files: number;
    readonly bytes: number;
  }[];
  /** How long it took to build here; absent when that is not on record. */
  readonly milliseconds?: number;
}

/** A directory behind `RUN --mount=type=cache`. */
export interface CacheMountAnswer {
  /** As the Dockerfile has it; several directories may have the same. */
  readonly id: string;
  /** Of this directory alone. */
  readonly name: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly inUse: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly usageCount: number;
}

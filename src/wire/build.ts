/** What only this engine answers: `/lading/cache-mounts`, `/lading/build`, `/lading/builds` and `/lading/images/{name}/explain`. */

/**
 * `POST /lading/build`: this document on the first line of the body; when the context is an archive, its bytes follow. The answer is a
 * `BuildEventLine` a line.
 */
export interface BuildCall {
  readonly context:
    /** A directory that the engine reads itself. `identity` is how the client sees it (`dev:ino`), so that the same one is meant. */
    | { readonly kind: 'directory'; readonly path: string; readonly identity: string }
    | { readonly kind: 'archive' };
  /** A path in the context, or the text itself. */
  readonly dockerfile: {
    readonly path?: string;
    readonly text?: string;
    readonly name?: string;
    /** Patterns of an ignore file of its own. */
    readonly ignore?: readonly string[];
  };
  readonly tags?: readonly string[];
  /** What is built, to compare it with earlier builds of it; default: the first tag, else the directory. */
  readonly lineage?: string;
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  /** Stages that are built anew. */
  readonly noCacheFilter?: readonly string[];
  readonly pull?: boolean;
  readonly network?: string;
  readonly platform?: string;
  readonly extraHosts?: readonly string[];
  readonly shmSize?: number;
  readonly ulimits?: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly cgroupParent?: string;
  readonly cacheFrom?: readonly string[];
  readonly contexts?: Readonly<Record<string, NamedContextCall>>;
  /** Contents in base64, by id. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Sockets of agents, which the engine connects to, by id. */
  readonly agents?: Readonly<Record<string, string>>;
  /** Credentials by registry. */
  readonly credentials?: Readonly<Record<string, object>>;
  /** Keeps an image (the default), only the cache, or also sends the files of the result as an archive; `check` builds nothing. */
  readonly output?: 'image' | 'cacheonly' | 'tar' | 'check';
  /** Keeps what a failed step left. Default true. */
  readonly keepFailed?: boolean;
}

export type NamedContextCall =
  | { readonly kind: 'image'; readonly name: string }
  | { readonly kind: 'directory'; readonly path: string; readonly identity: string };

export type CacheAnswer = { readonly hit: true } | { readonly hit: false; readonly why: string };

/** What a build tells, in order; the last line is `done`, `failed` or `checked`. */
export type BuildEventLine =
  | { readonly type: 'begun'; readonly buildId: string }
  | {
      readonly type: 'plan';
      readonly steps: readonly {
        readonly index: number;
        readonly name: string;
        readonly shown?: string;
        readonly image?: string;
        readonly stage: string;
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
      readonly file: string;
      readonly line: number;
      readonly endLine?: number;
    }
  /** A piece of the archive of the result's files, in base64. */
  | { readonly type: 'archive'; readonly data: string }
  /** What the checks of the Dockerfile found; the only line where nothing else was asked for. */
  | {
      readonly type: 'checked';
      readonly file: string;
      readonly source: string;
      readonly warnings: readonly {
        readonly rule: string;
        readonly url: string;
        readonly message: string;
        readonly line: number;
        readonly endLine?: number;
      }[];
      readonly error?: { readonly message: string; readonly line: number };
    }
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
      /** Undefined for a build of the cache alone. */
      readonly imageId?: string;
      readonly tags: readonly string[];
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

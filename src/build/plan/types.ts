import type { Image } from '../../image/types.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ImageHistory, ImageRunConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import type { Resources } from '../../runtime/types.ts';
import type { RuleName } from '../check/rules.ts';
import type { Position } from '../parse/dockerfile-error.ts';
import type { GitSource } from '../remote/types.ts';
import type { NamedContexts } from './named-contexts.ts';

/** An instruction of a stage that is built, as people see it. */
export interface Step {
  /** From 1, within the whole build. */
  readonly index: number;
  /** The instruction as written. */
  readonly name: string;
  /** The same with the values of variables, as soon as they are known. */
  readonly shown: string;
  /** The image that FROM names. */
  readonly image?: string;
  /** Name of its stage, or its number; '' before the first FROM. */
  readonly stage: string;
  /** That its stage is built for; '' before the first FROM. */
  readonly platform: string;
  readonly file: string;
  readonly position: Position;
}

/**
 * A node of the build graph: an operation on file systems. Its result is a stack of layers. Equal nodes (by what they do and read,
 * not by where they stand) are done once.
 */
export interface Vertex {
  readonly op: Op;
  /** The file system it builds on; undefined = empty. */
  readonly base: Vertex | undefined;
  /** Further file systems that it reads; the operation refers to them by index. */
  readonly inputs: readonly Vertex[];
  readonly step: Step;
}

export type Op = ImageOp | ExecOp | FileOp;

/** The layers of an image that is in the store. */
export interface ImageOp {
  readonly kind: 'image';
  readonly name: string;
  readonly layers: readonly Digest[];
}

/** A command that runs on the base (`RUN`). */
export interface ExecOp {
  readonly kind: 'exec';
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  /** Variables that are no part of the step's identity: the predefined proxy arguments. */
  readonly hiddenEnv: readonly string[];
  readonly cwd: string;
  readonly user: string;
  /** Of the base: told where its programs can't run here, and no part of the step's identity. */
  readonly platform?: Platform;
  readonly network: string;
  /** Runs with all that the machine can do (`RUN --security=insecure`). */
  readonly insecure?: boolean;
  /** Default: BuildKit's. */
  readonly hostname?: string;
  readonly resources?: StepResources;
  readonly mounts: readonly ExecMount[];
  /** A here-document with its own interpreter: it is mounted and run. */
  readonly script?: { readonly path: string; readonly content: string };
  readonly extraHosts: readonly string[];
  readonly shmSize?: number;
  readonly ulimits?: readonly Ulimit[];
  readonly cgroupParent?: string;
  /** The command for messages, as Docker prints it. */
  readonly command: string;
}

export type ExecMount =
  | {
      readonly type: 'bind';
      readonly target: string;
      /** Undefined = the build context. */
      readonly input?: number;
      readonly source: string;
      readonly readOnly: boolean;
    }
  | {
      readonly type: 'cache';
      readonly target: string;
      readonly id: string;
      readonly input?: number;
      readonly source: string;
      readonly sharing: 'shared' | 'private' | 'locked';
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly readOnly: boolean; readonly size?: number }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** Undefined = in no file. */
      readonly target?: string;
      /** A variable that has it, too. */
      readonly env?: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly type: 'ssh';
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** Changes to the files of the base, in order (`COPY`, `ADD`, `WORKDIR`). */
export interface FileOp {
  readonly kind: 'file';
  readonly actions: readonly FileAction[];
  /** Its layer depends on the base only by the way to its destination (`--link`): it stays what it is when the base changes. */
  readonly isLinked?: boolean;
}

export type FileAction = MakeDirectoryAction | CopyAction;

export interface MakeDirectoryAction {
  readonly kind: 'mkdir';
  readonly path: string;
  /** Owner of the directories that are made, `user[:group]` as written; '' = root. */
  readonly owner: string;
}

export interface CopyAction {
  readonly kind: 'copy';
  /** `ADD` unpacks archives and loads URLs. */
  readonly instruction: 'COPY' | 'ADD';
  readonly source: CopySource;
  /** Absolute; a slash or `/.` at the end says that it is a directory. */
  readonly destination: string;
  /** `user[:group]` as written. */
  readonly chown?: string;
  /** Octal or symbolic, as written. */
  readonly chmod?: string;
  readonly unpack: boolean;
  /** More than one source: the destination must be a directory. */
  readonly severalSources: boolean;
}

export type CopySource =
  | ({
      readonly kind: 'context';
      /** A named context; undefined = the main one. */
      readonly context?: string;
    } & PathSelection)
  | ({ readonly kind: 'input'; readonly input: number } & PathSelection)
  | { readonly kind: 'inline'; readonly name: string; readonly content: string }
  | { readonly kind: 'url'; readonly url: string; readonly checksum?: string }
  | { readonly kind: 'git'; readonly git: GitSource; readonly exclude: readonly string[] };

export interface PathSelection {
  /** Relative to the root of the source, may have wildcards. */
  readonly path: string;
  readonly exclude: readonly string[];
  /** `--parents`: keep the directories above. */
  readonly parents: boolean;
}

/** A line of the image's history that this build adds. */
export interface HistoryItem {
  readonly createdBy: string;
  /** The vertex that gives its layer; undefined = no layer. */
  readonly vertex?: Vertex;
}

/** Everything about one stage that is known before anything runs. */
export interface StagePlan {
  readonly name: string;
  /** Steps in order; those without a vertex only change the config. */
  readonly sequence: readonly { readonly step: Step; readonly vertex?: Vertex; readonly summary: string }[];
  readonly result: Vertex | undefined;
  readonly config: ImageRunConfig;
  readonly author?: string;
  readonly platform: Platform;
  readonly baseImage?: Image;
  readonly baseHistory: readonly ImageHistory[];
  readonly history: readonly HistoryItem[];
}

export interface PlanWarning {
  /** The build check that found it; undefined = none. */
  readonly rule?: RuleName;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly endLine?: number;
}

export interface BuildPlan {
  readonly steps: readonly Step[];
  /** Stages that are needed, each after those that it needs. */
  readonly stages: readonly StagePlan[];
  readonly target: StagePlan;
  readonly warnings: readonly PlanWarning[];
  /** The value of `SOURCE_DATE_EPOCH`. */
  readonly epoch: string | undefined;
}

/** A limit of the processes that steps run; -1 = none. */
export interface Ulimit {
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

/** Limits of a step's control group. Memory in bytes, quota and period in microseconds. */
export type StepResources = Pick<
  Resources,
  'memory' | 'memorySwap' | 'cpuShares' | 'cpuPeriod' | 'cpuQuota' | 'cpusetCpus' | 'cpusetMems'
>;

/** What a step may do only where the client allows it. */
export type Entitlement = 'network.host' | 'security.insecure';

/** What the planner must know of a request. */
export interface PlanRequest {
  readonly target?: string;
  /** Without a target: all stages are planned. Default: those that the last one needs. */
  readonly allStages?: boolean;
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly network: string;
  readonly extraHosts: readonly string[];
  readonly shmSize?: number;
  readonly ulimits?: readonly Ulimit[];
  readonly cgroupParent?: string;
  readonly hostname?: string;
  readonly resources?: StepResources;
  /** Default: the network of the host. */
  readonly entitlements?: readonly string[];
  readonly contexts?: NamedContexts;
  /** Patterns of the main context's ignore file. */
  readonly ignore?: readonly string[];
}

/** Finds an image, pulling it when need be, for the step that names it: as the base of its stage, or to copy from or to mount. */
export type ResolveImage = (wanted: {
  readonly name: string;
  readonly platform: Platform | undefined;
  readonly step: Step;
  readonly isBase: boolean;
}) => Promise<Image>;

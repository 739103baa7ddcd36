import type { Digest } from '../oci/digest.ts';
import type { HealthcheckConfig } from '../oci/image-config.ts';
import type { DnsSpec, Endpoint, EndpointSpec, PortSpec, PublishedPort, Protocol } from '../network/types.ts';
import type { DeviceSpec, Resources, RuntimeStats } from '../runtime/types.ts';
import type { Change } from '../snapshot/types.ts';

export type RestartPolicy =
  | { readonly name: 'no' | 'always' | 'unless-stopped' }
  | { readonly name: 'on-failure'; /** 0 = without limit */ readonly maximumRetryCount: number };

/** A mount as asked for (`-v`, `--mount`, `--tmpfs`, and VOLUME of the image). */
export interface MountRequest {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** Host path, volume name, or name or id of an image; '' = anonymous volume, or tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation?: string;
  /** `-v` makes a missing bind source a directory; `--mount` refuses. */
  readonly createSource?: boolean;
  readonly nonRecursive?: boolean;
  /** What is mounted below stays writable. */
  readonly readOnlyNonRecursive?: boolean;
  /** Don't copy the image's content into a new volume. */
  readonly noCopy?: boolean;
  readonly subpath?: string;
  readonly volumeLabels?: Readonly<Record<string, string>>;
  readonly volumeDriver?: string;
  readonly volumeOptions?: Readonly<Record<string, string>>;
  readonly tmpfsSize?: number;
  readonly tmpfsMode?: number;
  /** Raw tmpfs options of `--tmpfs /x:opts`. */
  readonly tmpfsOptions?: string;
  /** How the client said it, so that inspect can tell it back: `binds` (-v), `mounts` (--mount), `tmpfs`, or from VOLUME. */
  readonly origin: 'binds' | 'mounts' | 'tmpfs' | 'image' | 'volumes-from';
  /** The text of a bind as given, such as `data:/x:ro`. */
  readonly text?: string;
}

export interface LogConfig {
  /** '' or `local` = ours. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** `default`, `bridge`, `host`, `none`, `container:<name or id>`, or the name of a network. */
export type NetworkMode = string;

/** What a container is asked to be: the engine's form of Docker's Config and HostConfig, merged with the image's config. */
export interface ContainerSpec {
  /** As the client named it. */
  readonly image: string;
  readonly imageId: Digest;
  readonly hostname: string;
  readonly domainname: string;
  /** As clients before API 1.44 say it; the endpoint has it too. */
  readonly macAddress?: string;
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
  readonly attach: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly stopSignal: string;
  /** Seconds; undefined = 10. */
  readonly stopTimeout?: number;
  readonly healthcheck?: HealthcheckConfig;
  readonly shell?: readonly string[];
  /** `80/tcp` */
  readonly exposedPorts: readonly { readonly port: number; readonly protocol: Protocol }[];
  /** Paths of the image's VOLUMEs and of Config.Volumes. */
  readonly volumes: readonly string[];

  readonly mounts: readonly MountRequest[];
  readonly volumesFrom: readonly string[];
  readonly networkMode: NetworkMode;
  /** By name of the network; at least the one of networkMode when that names a network. */
  readonly endpoints: readonly EndpointSpec[];
  readonly ports: readonly PortSpec[];
  readonly publishAllPorts: boolean;
  readonly dns: DnsSpec;
  /** `name:address` */
  readonly extraHosts: readonly string[];
  readonly links: readonly string[];
  readonly restartPolicy: RestartPolicy;
  readonly autoRemove: boolean;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly groupAdd: readonly string[];
  readonly ipcMode: string;
  readonly pidMode: string;
  readonly utsMode: string;
  readonly usernsMode: string;
  readonly cgroupnsMode: string;
  readonly readonlyRootfs: boolean;
  readonly init: boolean;
  /** bytes */
  readonly shmSize: number;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly resources: Resources;
  readonly devices: readonly DeviceSpec[];
  readonly oomScoreAdj: number;
  readonly log: LogConfig;
  readonly annotations: Readonly<Record<string, string>>;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly consoleSize?: { readonly height: number; readonly width: number };
  /** Wire fields that are only told back by inspect (Runtime, Isolation, …), by their API name in HostConfig. */
  readonly hostConfigEcho: Readonly<Record<string, unknown>>;
}

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

export interface HealthProbe {
  readonly start: Date;
  readonly end: Date;
  readonly exitCode: number;
  readonly output: string;
}

export interface Health {
  readonly status: HealthStatus;
  readonly failingStreak: number;
  /** The last five. */
  readonly log: readonly HealthProbe[];
}

/** The life of a container; each state has only what that state has. */
export type ContainerState =
  | {
      readonly status: 'created';
      /** It was to be started and could not. */
      readonly exitCode?: number;
      readonly error?: string;
    }
  | {
      readonly status: 'running' | 'paused';
      readonly pid: number;
      readonly startedAt: Date;
      /** The end of the run before. */
      readonly lastFinishedAt?: Date;
      readonly health?: Health;
    }
  | {
      readonly status: 'restarting';
      readonly exitCode: number;
      readonly startedAt: Date;
      readonly finishedAt: Date;
      readonly error: string;
      readonly oomKilled: boolean;
    }
  | {
      readonly status: 'exited';
      readonly exitCode: number;
      readonly startedAt: Date;
      readonly finishedAt: Date;
      readonly error: string;
      readonly oomKilled: boolean;
      readonly health?: Health;
    }
  | { readonly status: 'removing'; /** Its anonymous volumes go with it. */ readonly volumes?: boolean }
  | { readonly status: 'dead'; readonly exitCode: number; readonly error: string };

/** A mount as it is, for inspect. */
export interface MountPoint {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** Volume name, or the image as the client named it; absent for others. */
  readonly name?: string;
  readonly imageId?: Digest;
  readonly source: string;
  readonly destination: string;
  readonly driver?: string;
  readonly mode: string;
  readonly rw: boolean;
  readonly propagation: string;
}

/** A container as the store has it. A copy: changes go through the verbs. */
export interface Container {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly createdAt: Date;
  readonly spec: ContainerSpec;
  readonly state: ContainerState;
  readonly mounts: readonly MountPoint[];
  readonly restartCount: number;
  /** A user stopped it: `unless-stopped` and `always` leave it alone until the next start (of the engine, for `always`). */
  readonly manuallyStopped: boolean;
  readonly hasBeenStarted: boolean;
  readonly execIds: readonly string[];
  readonly paths: {
    readonly log: string;
    readonly resolvConf: string;
    readonly hostname: string;
    readonly hosts: string;
  };
  /** Live when it runs; what was last when not. */
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly PublishedPort[];
}

/** What the API's create hands over: all that the client said, nothing merged. `undefined` = not said, take the image's or the default. */
export interface CreateRequest {
  readonly name?: string;
  readonly platform?: string;
  readonly spec: Partial<Omit<ContainerSpec, 'imageId'>> & { readonly image: string };
}

export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
  /** Bytes with the line end where the program wrote one. */
  readonly data: Buffer;
}

/** Entries that were there together, in order, at least one. A block of some ten kilobytes at the most, so that reading holds nobody up. */
export type LogBatch = readonly LogEntry[];

export interface LogOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Entries at or after, RFC 3339 with nanoseconds or '' */
  readonly since?: string;
  readonly until?: string;
  /** Lines from the end; undefined = all. */
  readonly tail?: number;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** An attached client. `output` ends when the container's run ends or the signal aborts. */
export interface Attachment {
  readonly output: AsyncIterable<LogBatch>;
  /** Undefined when stdin is not open or not asked for. */
  readonly stdin: NodeJS.WritableStream | undefined;
}

export interface ExecSpec {
  readonly cmd: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly tty: boolean;
  readonly privileged: boolean;
  readonly attach: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly detachKeys?: string;
  readonly consoleSize?: { readonly height: number; readonly width: number };
}

export interface ExecInfo {
  readonly id: string;
  readonly containerId: string;
  readonly spec: ExecSpec;
  readonly running: boolean;
  readonly exitCode: number | null;
  readonly pid: number;
}

export interface ExecStreams {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: NodeJS.ReadableStream | undefined;
  readonly stderr: NodeJS.ReadableStream | undefined;
  readonly exited: Promise<number>;
}

export interface PathStat {
  readonly name: string;
  readonly size: number;
  /** Go's fs.FileMode number. */
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** A checkpoint of a container. `directory` = where its checkpoints lie, if not with the container. */
export interface CheckpointOptions {
  readonly name: string;
  readonly directory?: string;
}

/**
 * All containers and the verbs on them. Ids may be full, a unique prefix, or a name (with or without `/`). Verbs on one container
 * queue behind each other. Errors as Docker's: `No such container: x`, `Conflict. The container name "/x" is already in use by
 * container "…". You have to remove (or rename) that container to be able to reuse that name.`, `container … is not running`, …
 */
/** Something that is wrong with a container, as its user would put it. */
export interface Finding {
  /** Which kind of mistake, such as `NET-LOOPBACK`. */
  readonly code: string;
  readonly text: string;
  /** What helps; '' where the engine does not know. */
  readonly fix: string;
}

export interface Containers {
  create(request: CreateRequest): Promise<{ id: string; warnings: string[] }>;
  list(): Container[];
  find(nameOrId: string): Container | undefined;
  get(nameOrId: string): Container;
  /** Throws `not-modified` when it runs already. A program that can't be executed makes it exit with 126 or 127 and throws. */
  start(nameOrId: string, options?: { readonly checkpoint?: CheckpointOptions }): Promise<void>;
  /** Keeps the state of its processes; with `exit` it ends by that. Throws `not-implemented` where CRIU is missing. */
  createCheckpoint(nameOrId: string, options: CheckpointOptions & { readonly exit: boolean }): Promise<void>;
  /** Names of its checkpoints. */
  checkpoints(nameOrId: string, directory?: string): Promise<string[]>;
  removeCheckpoint(nameOrId: string, options: CheckpointOptions): Promise<void>;
  /** Stop signal, wait `timeout` seconds (-1 = for ever), then SIGKILL. Throws `not-modified` when it doesn't run. */
  stop(nameOrId: string, options?: { timeout?: number; signal?: string }): Promise<void>;
  restart(nameOrId: string, options?: { timeout?: number; signal?: string }): Promise<void>;
  kill(nameOrId: string, signal?: string): Promise<void>;
  pause(nameOrId: string): Promise<void>;
  unpause(nameOrId: string): Promise<void>;
  rename(nameOrId: string, name: string): Promise<void>;
  update(
    nameOrId: string,
    change: { resources?: Resources; restartPolicy?: RestartPolicy },
  ): Promise<{ warnings: string[] }>;
  /** What is wrong with it, as far as can be seen; the most important first. */
  findings(nameOrId: string): Promise<Finding[]>;
  remove(nameOrId: string, options?: { force?: boolean; volumes?: boolean; link?: boolean }): Promise<void>;
  prune(filter: (container: Container) => boolean): Promise<{ removed: string[]; freed: number }>;
  /** Resolves the container at once (throws `not-found`, but not of one that removed itself a moment ago), the exit later. */
  wait(
    nameOrId: string,
    condition: WaitCondition,
    signal?: AbortSignal,
  ): { id: string; done: Promise<{ exitCode: number; error?: string }> };
  /** Kept output, then (with `follow`) what comes until the run ends. Order and bytes exactly as written. */
  logs(nameOrId: string, options: LogOptions): AsyncIterable<LogBatch>;
  /** May be called before start: the output of the coming run. `logs` first tells what was kept. */
  attach(
    nameOrId: string,
    options: {
      stdin: boolean;
      stdout: boolean;
      stderr: boolean;
      logs: boolean;
      stream: boolean;
      signal: AbortSignal;
    },
  ): Promise<Attachment>;
  resize(nameOrId: string, size: { height: number; width: number }): Promise<void>;
  top(nameOrId: string, psArgs: string): Promise<{ titles: string[]; processes: string[][] }>;
  stats(nameOrId: string): Promise<RuntimeStats | undefined>;
  changes(nameOrId: string): Promise<Change[]>;
  /** Root file system as a tar. */
  export(nameOrId: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  commit(
    nameOrId: string,
    options: {
      reference?: string;
      comment?: string;
      author?: string;
      pause: boolean;
      changes: readonly string[];
      config?: Partial<ContainerSpec>;
    },
  ): Promise<Digest>;
  statPath(nameOrId: string, path: string): Promise<PathStat>;
  /** The path as a tar whose first entry is its base name. */
  readArchive(
    nameOrId: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<{ stat: PathStat; tar: AsyncIterable<Uint8Array> }>;
  writeArchive(
    nameOrId: string,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean; signal?: AbortSignal },
  ): Promise<void>;
  execCreate(nameOrId: string, spec: ExecSpec): Promise<string>;
  execStart(
    execId: string,
    options: { detach: boolean; tty: boolean; consoleSize?: { height: number; width: number } },
  ): Promise<ExecStreams | undefined>;
  execResize(execId: string, size: { height: number; width: number }): Promise<void>;
  execInspect(execId: string): ExecInfo;
  /** Throws `conflict` unless its container takes one now. */
  execCheck(execId: string): ExecInfo;
  /** Bytes: the writable layer, and everything. */
  usage(nameOrId: string): Promise<{ rw: number; rootfs: number }>;
  /** Bytes that writable layers need on disk, as du(1) tells. */
  diskUsage(ids: readonly string[]): Promise<number[]>;
  connect(nameOrId: string, endpoint: EndpointSpec): Promise<void>;
  disconnect(nameOrId: string, network: string, force: boolean): Promise<void>;
  /** After a start of the engine: adopts what runs, records what ended, restarts what its policy wants, removes what is half made. */
  recover(): Promise<void>;
  /** Ends timers and watchers; containers run on. */
  close(): Promise<void>;
}

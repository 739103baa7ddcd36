/** A process of a container (OCI runtime spec, config.md#process), before it is resolved against the root file system. */
export interface ProcessSpec {
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ResolvedUser;
  readonly tty: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly capabilities: readonly string[];
  /** Also as ambient? Docker gives none. */
  readonly noNewPrivileges: boolean;
  readonly rlimits?: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly oomScoreAdj?: number;
  readonly apparmorProfile?: string;
}

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** Home directory from /etc/passwd, `/` when unknown. */
  readonly home: string;
  readonly name: string;
}

export interface MountSpec {
  readonly source: string;
  readonly destination: string;
  /** `bind`, `tmpfs`, … */
  readonly type: string;
  readonly options: readonly string[];
}

/** Where a namespace comes from: a fresh one, the host's, or the one at a path. */
export type NamespaceSource =
  | { readonly mode: 'private' }
  | { readonly mode: 'host' }
  | {
      readonly mode: 'path';
      readonly path: string;
      /** Another container's: its settings (sysctls) are left as they are. */
      readonly shared?: boolean;
    };

/** cgroup limits; absent = unlimited. Memory in bytes, cpuQuota and cpuPeriod in microseconds. */
export interface Resources {
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly memoryReservation?: number;
  readonly memorySwappiness?: number;
  readonly oomKillDisable?: boolean;
  readonly cpuShares?: number;
  /** Billionths of a CPU; in place of quota and period. */
  readonly nanoCpus?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly pidsLimit?: number;
  readonly cpuRealtimePeriod?: number;
  readonly cpuRealtimeRuntime?: number;
  /** Bytes of TCP buffers (cgroup v1). */
  readonly kernelMemoryTcp?: number;
  readonly blkioWeight?: number;
  readonly blkioWeightDevices?: readonly { readonly path: string; readonly weight: number }[];
  /** Bytes and operations a second. */
  readonly readBps?: readonly DeviceRate[];
  readonly writeBps?: readonly DeviceRate[];
  readonly readIops?: readonly DeviceRate[];
  readonly writeIops?: readonly DeviceRate[];
}

/** A block device of the host, and how fast it may be used. */
export interface DeviceRate {
  readonly path: string;
  readonly rate: number;
}

export interface DeviceSpec {
  readonly hostPath: string;
  readonly containerPath: string;
  /** Subset of `rwm`. */
  readonly permissions: string;
}

/** Everything that `makeRuntimeSpec` needs to write a config.json (OCI runtime spec). */
export interface BundleSpec {
  readonly id: string;
  readonly rootfs: string;
  readonly readonlyRootfs: boolean;
  readonly hostname: string;
  readonly domainname: string;
  readonly process: ProcessSpec;
  /** In order; on top of the default mounts (/proc, /dev, /sys, …). */
  readonly mounts: readonly MountSpec[];
  /** Bytes of /dev/shm; 0 = there is none. */
  readonly shmSize: number;
  readonly privileged: boolean;
  readonly namespaces: {
    readonly network: NamespaceSource;
    readonly pid: NamespaceSource;
    readonly ipc: NamespaceSource;
    readonly uts: NamespaceSource;
    readonly cgroup: NamespaceSource;
  };
  readonly resources: Resources;
  readonly devices: readonly DeviceSpec[];
  /** `c 1:3 rw`, as Docker's `--device-cgroup-rule`. */
  readonly deviceCgroupRules?: readonly string[];
  /** Group in the cgroup trees below which the container gets its own; default `/lading`. */
  readonly cgroupParent?: string;
  readonly sysctls: Readonly<Record<string, string>>;
  /** `default`, `unconfined`, or a profile's JSON text in Docker's format. */
  readonly seccomp: 'default' | 'unconfined' | { readonly profile: string };
  /** Undefined = Docker's default lists (none when privileged). */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  /** An init program is PID 1 and reaps. */
  readonly init: boolean;
  /** /sys/fs/cgroup may be written to, in a container that is not privileged. */
  readonly writableCgroups?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface CreateOptions {
  /** Directory of this container under the run root; holds config.json, conmon's files. At most 60 bytes long. */
  readonly bundle: string;
  /** The log of record (CRI format), appended to. */
  readonly logPath: string;
  readonly spec: BundleSpec;
  readonly stdin: boolean;
  /** As Docker's StdinOnce: the container's input ends when the client that attached to it leaves. Else it stays open. */
  readonly stdinOnce: boolean;
  /** Directory of a checkpoint: its processes run on from there, without a `start`. */
  readonly restoreFrom?: string;
  readonly signal?: AbortSignal;
}

export interface ExitStatus {
  /** 0-255; 128+n for signal n. */
  readonly code: number;
  readonly oomKilled: boolean;
  readonly at: Date;
}

/** A container as the runtime has it. Its init outlives the engine. */
export interface RunningContainer {
  readonly id: string;
  readonly pid: number;
  /** Resolves once; never rejects. The exit code is on disk before it resolves. */
  readonly exited: Promise<ExitStatus>;
}

/** Which streams of an exec are wanted; `detach`: none, and it outlives the engine. */
export interface ExecOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly detach: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A process started in a running container. `stdout`/`stderr` are undefined when detached; with a tty all output is `stdout`. Who stops
 * reading calls `resume()`: a destroyed stream is a broken pipe to the program.
 */
export interface ExecHandle {
  readonly pid: number;
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: NodeJS.ReadableStream | undefined;
  readonly stderr: NodeJS.ReadableStream | undefined;
  /** 126 not executable, 127 not found, as Docker's. Never rejects after `exec` resolved. */
  readonly exited: Promise<number>;
  resize(size: { height: number; width: number }): Promise<void>;
}

/** What was read from and written to a device, in bytes or operations; version 1 of cgroups has it by further names as well. */
export interface BlockIo {
  readonly major: number;
  readonly minor: number;
  readonly op: 'read' | 'write' | 'sync' | 'async' | 'discard' | 'total';
  readonly count: number;
}

export interface RuntimeStats {
  readonly readAt: Date;
  /** nanoseconds */
  readonly cpuTotal: number;
  readonly cpuUser: number;
  readonly cpuSystem: number;
  readonly systemCpu: number;
  readonly onlineCpus: number;
  readonly throttling: {
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledTime: number;
  };
  /** cpuTotal by processor, and the most memory that was used: cgroup v1 alone has them. */
  readonly cpuByProcessor?: readonly number[];
  readonly memoryMaxUsage?: number;
  readonly memoryUsage: number;
  readonly memoryLimit: number;
  /** The kernel's memory.stat, by name. */
  readonly memoryStat: Readonly<Record<string, number>>;
  readonly pids: number;
  readonly pidsLimit: number;
  readonly blockIo: readonly BlockIo[];
  /** Operations instead of bytes, where the kernel counts them apart (cgroup v1). */
  readonly blockOperations?: readonly BlockIo[];
  readonly networks: Readonly<
    Record<
      string,
      {
        rxBytes: number;
        rxPackets: number;
        rxErrors: number;
        rxDropped: number;
        txBytes: number;
        txPackets: number;
        txErrors: number;
        txDropped: number;
      }
    >
  >;
}

/** An OCI runtime with a monitor per container (conmon). Errors of `create`/`start`/`exec` carry `exitCode` 126/127 as StartError. */
export interface Runtime {
  /** `runc`, `crun` */
  readonly name: string;
  readonly version: string;
  readonly cgroupVersion: 1 | 2;
  /** Whether this kernel shares block devices by weight. */
  readonly blkioWeight: boolean;
  /** A container or an exec is about to be made: prepares the kernel for it, beside what the caller does meanwhile. */
  anticipate(): void;
  /** Makes namespaces and process; the program does not run before `start`. */
  create(options: CreateOptions): Promise<RunningContainer>;
  start(id: string): Promise<void>;
  /** `all`: every process of the container. Throws `conflict` when it does not run. */
  kill(id: string, signal: number, options?: { all?: boolean }): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  update(id: string, resources: Resources): Promise<void>;
  /** Writes the state of its processes into a directory; without `leaveRunning` it ends by that. Throws `not-implemented` without CRIU. */
  checkpoint(
    id: string,
    options: { readonly directory: string; readonly leaveRunning: boolean },
  ): Promise<void>;
  /** Removes state, cgroups and the bundle's runtime files; kills what is left. Idempotent. */
  delete(id: string, bundle: string): Promise<void>;
  exec(id: string, bundle: string, process: ProcessSpec, options: ExecOptions): Promise<ExecHandle>;
  /** Writes to the init's standard input; ending it is EOF unless it was to stay open. Throws `conflict` when the container has ended. */
  openStdin(id: string, bundle: string): Promise<NodeJS.WritableStream>;
  resize(id: string, bundle: string, size: { height: number; width: number }): Promise<void>;
  /** Rotates the log: the monitor writes to a new file at `logPath` after the old one was renamed to `to`. */
  rotateLog(id: string, bundle: string, logPath: string, to: string): Promise<void>;
  stats(id: string, pid: number): Promise<RuntimeStats>;
  /** Host pids of all processes. A program that was just let go gets a moment to take the place of the runtime's init. */
  processes(id: string): Promise<number[]>;
  /** After a restart of the engine: a container that runs, one that ended meanwhile, or undefined when nothing is known. */
  adopt(
    id: string,
    bundle: string,
  ): Promise<
    | { state: 'running' | 'paused' | 'created'; container: RunningContainer }
    | { state: 'exited'; exit: ExitStatus }
    | undefined
  >;
}

import type { DeviceType, SpecRlimit } from '../../oci/runtime-spec.ts';

/** A device node of the host. */
export interface HostDevice {
  readonly path: string;
  readonly type: DeviceType;
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What the specification of a container depends on besides the container. */
export interface HostFacts {
  readonly cgroupVersion: 1 | 2;
  /** Go's name: `amd64`, `arm64`, … */
  readonly architecture: string;
  readonly kernel: readonly [major: number, minor: number];
  /** Capabilities that the engine has and may pass on. */
  readonly capabilities: readonly string[];
  /** The engine's own hard limits. Without CAP_SYS_RESOURCE nothing may exceed them. */
  readonly rlimits: readonly SpecRlimit[];
  /** More descriptors the kernel grants nobody (fs.nr_open). */
  readonly maxOpenFiles: number;
  readonly oomScoreAdj: number;
  readonly seccomp: boolean;
  readonly apparmor: boolean;
  /** Whether the kernel limits memory and swap together. */
  readonly swapLimit: boolean;
  readonly blkioWeight: boolean;
  /** Paths that exist here and are masked beside the fixed list. */
  readonly extraMaskedPaths: readonly string[];
  /** A static program that runs another one and reaps orphans as PID 1; undefined when the host has none. */
  readonly initProgram: string | undefined;
  /** The device at a path, or all devices below a directory. Throws when there is none. */
  devicesAt(path: string): readonly HostDevice[];
  /** Every device that a privileged container gets. */
  allDevices(): readonly HostDevice[];
}

export const mayExceedLimits = (host: HostFacts): boolean => host.capabilities.includes('CAP_SYS_RESOURCE');

import type { SeccompArgument } from '../../oci/runtime-spec.ts';

/** Conditions of a rule; all that are given must hold. */
export interface ProfileFilter {
  /** Capabilities, all of which the container must have. */
  readonly caps?: readonly string[] | null;
  /** Go's names: `amd64`, `arm64`, … one of which must be the host's. */
  readonly arches?: readonly string[] | null;
  /** `4.8` */
  readonly minKernel?: string;
}

export interface ProfileRule {
  readonly names?: readonly string[] | null;
  /** Older profiles name one. */
  readonly name?: string;
  readonly action: string;
  readonly errnoRet?: number | null;
  readonly args?: readonly SeccompArgument[] | null;
  readonly includes?: ProfileFilter | null;
  /** Any capability or architecture of the list excludes the rule. */
  readonly excludes?: ProfileFilter | null;
}

/** A seccomp profile as Docker's `--security-opt seccomp=FILE` takes it (https://docs.docker.com/engine/security/seccomp/). */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number | null;
  readonly architectures?: readonly string[] | null;
  readonly archMap?:
    | readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[]
    | null;
  readonly flags?: readonly string[] | null;
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly ProfileRule[] | null;
}

/** What decides which rules of a profile apply. */
export interface ProfileTarget {
  /** Go's name of the host's architecture. */
  readonly architecture: string;
  readonly kernel: readonly [major: number, minor: number];
  /** The container's capabilities, `CAP_…`. */
  readonly capabilities: readonly string[];
}

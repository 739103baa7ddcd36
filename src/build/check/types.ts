import type { PlanWarning } from '../plan/types.ts';
import type { RuleName } from './rules.ts';

/** Something in a Dockerfile that works and should not be so (the build checks of Dockerfile's reference). */
export interface Finding {
  readonly rule: RuleName;
  readonly message: string;
  readonly line: number;
  readonly endLine: number;
}

/** Takes findings while a Dockerfile is read and planned. */
export type Report = (
  rule: RuleName,
  message: string,
  place: { readonly line: number; readonly endLine?: number },
) => void;

export interface CheckResult {
  readonly warnings: readonly PlanWarning[];
  /** A DockerfileError, unless it is about the findings. */
  readonly error?: Error;
}

/** What a Dockerfile offers and asks for. */
export interface DescribedBuild {
  readonly targets: readonly DescribedTarget[];
  /** Throws where a variable that must be set is not. */
  readonly parameters: () => DescribedParameters;
  /** What `SOURCE_DATE_EPOCH` was given as, else what the Dockerfile gives it before its first stage. */
  readonly epoch: string | undefined;
  /** The URL whose time that means, where it is the name of a stage. Throws where it is nothing of the kind. */
  readonly epochSource: () => string | undefined;
}

/** What the stages that are built take, in the order of the file. */
export interface DescribedParameters {
  readonly args: readonly DescribedArg[];
  readonly mounts: readonly DescribedMount[];
}

interface DescribedPlace {
  readonly line: number;
  readonly endLine: number;
}

export interface DescribedTarget extends DescribedPlace {
  /** '' for a stage without one. */
  readonly name: string;
  readonly isDefault: boolean;
  readonly isTarget: boolean;
  readonly base: string;
  readonly platform: string;
  readonly description: string;
}

export interface DescribedArg extends DescribedPlace {
  readonly name: string;
  readonly value: string;
  readonly description: string;
}

export interface DescribedMount extends DescribedPlace {
  readonly type: 'secret' | 'ssh' | 'cache';
  readonly name: string;
  readonly required: boolean;
}

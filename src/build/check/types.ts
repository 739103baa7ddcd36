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

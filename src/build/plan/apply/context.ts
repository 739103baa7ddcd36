import type { RuleName } from '../../check/rules.ts';
import type { Word } from '../../instructions/types.ts';
import type { BuildArgs } from '../build-args.ts';
import type { StageState } from '../stage-state.ts';
import type { PlanRequest, Step, Vertex } from '../types.ts';

/** What applying an instruction to a stage may use. */
export interface ApplyContext {
  readonly state: StageState;
  readonly step: Step;
  readonly args: BuildArgs;
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly request: PlanRequest;
  /** Tells of something in the instruction that should not be so. */
  readonly report: (rule: RuleName, message: string) => void;
  /** The file system of an earlier stage or an image that `--from` names, for a copy or to be mounted somewhere. */
  input(word: Word, mountedAt?: string): Promise<Vertex | undefined>;
  /** The name of the context that `--from` names, where that is a directory. */
  directory(word: Word): string | undefined;
}

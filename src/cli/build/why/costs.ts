import type { BuildAnswer, BuildStepAnswer } from '../../../wire/build.ts';
import { type Reordering, reordering } from './reordering.ts';

/** A step that ran for a reason of its own, and what ran only because it did. */
export interface Cause {
  readonly step: BuildStepAnswer;
  readonly why: string;
  readonly below: readonly BuildStepAnswer[];
  /** Of the steps below. */
  readonly milliseconds: number;
  readonly reordering?: Reordering;
}

const whyOf = ({ cache }: BuildStepAnswer): string | undefined =>
  cache && !cache.hit ? cache.why : undefined;

const follows = (step: BuildStepAnswer): boolean => whyOf(step)?.startsWith('follows the ') ?? false;

/** The steps that made others run, the most expensive first. */
export function causesOf({ steps }: Pick<BuildAnswer, 'steps'>): Cause[] {
  const stages = [...Map.groupBy(steps, ({ stage }) => stage).values()];
  return stages
    .flatMap(causesIn)
    .filter(({ below }) => below.length > 0)
    .toSorted((left, right) => right.milliseconds - left.milliseconds);
}

function causesIn(steps: readonly BuildStepAnswer[]): Cause[] {
  const causes: Cause[] = [];
  for (const [at, step] of steps.entries()) {
    const why = whyOf(step);
    if (why === undefined || follows(step)) continue;
    const rest = steps.slice(at + 1);
    const end = rest.findIndex((next) => next.cache !== undefined && !next.cache.hit && !follows(next));
    const below = (end < 0 ? rest : rest.slice(0, end)).filter(follows);
    const advice = reordering(step, why, below);
    causes.push({
      step,
      why,
      below: below.filter(({ name }) => /^(?:RUN|COPY|ADD|WORKDIR)\b/i.test(name)),
      milliseconds: below.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0),
      ...(advice && { reordering: advice }),
    });
  }
  return causes;
}

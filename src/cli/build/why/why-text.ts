import type { BuildAnswer, BuildStepAnswer } from '../../../wire/build.ts';
import { align } from '../../format/align.ts';
import { ago } from '../../format/time.ts';
import { causesOf, type Cause } from './costs.ts';

/** A build step by step: cached or why not, how long it took, what that cost, and what would have saved it. */
export function whyText(build: BuildAnswer, now = Date.now() / 1000): string {
  const steps = build.steps.filter(({ stage, name }) => stage !== '' && !/^ARG\b/i.test(name));
  const rows = steps.map((step) => [
    `  ${titleOf(step, build.steps)}`,
    step.milliseconds === undefined || step.cache?.hit ? '' : seconds(step.milliseconds),
    stateOf(step),
  ]);
  const causes = causesOf(build).map(causeText);
  return [
    headOf(build, steps, now),
    '',
    align(rows).trimEnd(),
    ...(causes.length > 0 ? ['', ...causes] : []),
    '',
  ].join('\n');
}

function headOf(build: BuildAnswer, steps: readonly BuildStepAnswer[], now: number): string {
  const { id, lineage, startedAt, endedAt, error } = build;
  const begun = Date.parse(startedAt);
  const cached = steps.filter(({ cache }) => cache?.hit).length;
  const took = endedAt === undefined ? 'under way' : seconds(Date.parse(endedAt) - begun);
  const of = lineage === '' ? '' : ` of ${lineage}`;
  const head = `Build ${id.slice(0, 12)}${of}, ${ago(begun / 1000, now)}: ${steps.length} steps, ${cached} cached, ${took}`;
  return error === undefined ? head : `${head}\nFailed: ${error}`;
}

function titleOf({ name, stage }: BuildStepAnswer, all: readonly BuildStepAnswer[]): string {
  const stages = new Set(all.flatMap((step) => (step.stage === '' ? [] : [step.stage])));
  const text = name.replaceAll(/\s+/g, ' ');
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return stages.size > 1 ? `[${/^\d+$/.test(stage) ? `stage-${stage}` : stage}] ${shown}` : shown;
}

function stateOf({ cache, error }: BuildStepAnswer): string {
  if (!cache) return 'not reached';
  const failed = error === undefined ? '' : error === 'canceled' ? 'canceled; ' : 'failed; ';
  return failed + (cache.hit ? 'cached' : cache.why);
}

function causeText({ step, why, below, milliseconds, reordering }: Cause): string {
  const count = below.length === 1 ? 'the step below' : `the ${below.length} steps below`;
  const cost = `${step.name.replaceAll(/\s+/g, ' ')}: ${why}. It cost ${seconds(milliseconds)} in ${count}.`;
  if (!reordering) return cost;
  const saved = `(${seconds(reordering.milliseconds)})`;
  if (reordering.files.length === 0)
    return `${cost}\n  ${reordering.step} (line ${reordering.line}) needs no file of the context: above line ${step.line} it would have stayed cached ${saved}.`;
  const files = reordering.files.join(' and ');
  return (
    `${cost}\n  ${reordering.step} (line ${reordering.line}) needs only ${files}:` +
    ` with "COPY ${reordering.files.join(' ')} ./" and it above line ${step.line}, it would have stayed cached ${saved}.`
  );
}

/** `0.3 s`, `48 s`, `2 m 5 s` */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 100) return `${Math.round(value)} s`;
  return `${Math.floor(value / 60)} m ${Math.round(value % 60)} s`;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RealResult } from './builder.ts';

/** Results by title; what several have in common is written down once and referred to by its number. */
interface Recorded {
  readonly parts: unknown[];
  readonly results: Record<string, { [Part in keyof RealResult]: Part extends 'layers' ? number[] : number }>;
}

const fileOf = (project: string): string => join(import.meta.dirname, 'recorded', `${project}.json`);

/** Writes down what Docker's own builder makes of a project. */
export function record(project: string, results: ReadonlyMap<string, RealResult>): void {
  const parts = new Map<string, number>();
  const numberOf = (part: unknown): number => {
    const text = JSON.stringify(part);
    if (!parts.has(text)) parts.set(text, parts.size);
    return parts.get(text) as number;
  };
  const numbered = [...results].map(([title, { steps, config, history, layers }]) => [
    title,
    {
      steps: numberOf(steps),
      config: numberOf(config),
      history: numberOf(history),
      layers: layers.map(numberOf),
    },
  ]);
  const recorded = {
    parts: [...parts.keys()].map((text) => JSON.parse(text) as unknown),
    results: Object.fromEntries(numbered) as Recorded['results'],
  };
  writeFileSync(fileOf(project), `${JSON.stringify(recorded, null, 1)}\n`);
}

export function readRecorded(project: string): Map<string, RealResult> {
  const { parts, results } = JSON.parse(readFileSync(fileOf(project), 'utf8')) as Recorded;
  return new Map(
    Object.entries(results).map(([title, { steps, config, history, layers }]) => [
      title,
      {
        steps: parts[steps],
        config: parts[config],
        history: parts[history],
        layers: layers.map((layer) => parts[layer]),
      } as RealResult,
    ]),
  );
}

import { setTimeout as sleep } from 'node:timers/promises';

/** The middle of a list of milliseconds. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Milliseconds that some work takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds. The fastest is what a job takes when nothing else wants the processors. */
export interface Times {
  readonly median: number;
  readonly fastest: number;
}

/** Milliseconds that an engine gets to clean up after a job, so that the next one does not pay for it. */
const PAUSE = 200;

/**
 * Measures jobs by turns, so that what disturbs the machine disturbs all of them alike. Each job runs once before, unmeasured.
 */
export async function interleave(
  jobs: ReadonlyMap<string, () => Promise<unknown>>,
  rounds: number,
): Promise<Map<string, Times>> {
  const times = new Map<string, number[]>([...jobs.keys()].map((name) => [name, []]));
  for (const work of jobs.values()) await work();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of jobs) {
      await sleep(PAUSE);
      times.get(name)?.push(await time(work));
    }
  }
  return new Map(
    [...times].map(([name, values]) => [name, { median: median(values), fastest: Math.min(...values) }]),
  );
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

export const ms = (value: number): string => `${value.toFixed(0)} ms`;

import { at, type Tree } from '../load/tree.ts';
import { boolAt, defined, durationAt, numberAt, textsAt } from './read.ts';
import type { Healthcheck } from './types.ts';

/** Reads `healthcheck`; a test of one text is a line for the shell. */
export function readHealthcheck(tree: Tree | undefined): Healthcheck | undefined {
  if (!tree) return undefined;
  const test = at(tree, 'test');
  const line = test?.kind === 'scalar' ? String(test.value ?? '') : undefined;
  return defined<Healthcheck>({
    test: line !== undefined ? ['CMD-SHELL', line] : test ? textsAt(tree, 'test') : undefined,
    interval: durationAt(tree, 'interval'),
    timeout: durationAt(tree, 'timeout'),
    startPeriod: durationAt(tree, 'start_period'),
    startInterval: durationAt(tree, 'start_interval'),
    retries: numberAt(tree, 'retries'),
    disable: boolAt(tree, 'disable') ?? false,
  });
}

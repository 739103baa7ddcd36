import { ExitError } from '../exit-code.ts';
import type { ComposeContext } from './globals.ts';

/** How much may be done at once: `--parallel`, or COMPOSE_PARALLEL_LIMIT; undefined where nobody says. */
export function parallelOf({ globals, env }: Pick<ComposeContext, 'globals' | 'env'>): number | undefined {
  const [name, text] =
    globals.parallel !== undefined
      ? ['--parallel', globals.parallel]
      : ['COMPOSE_PARALLEL_LIMIT', env['COMPOSE_PARALLEL_LIMIT'] ?? ''];
  if (text === '') return undefined;
  if (!/^-?\d+$/.test(text))
    throw new ExitError(1, `${name} must be an integer (found: ${JSON.stringify(text)})`);
  return Number(text) > 0 ? Number(text) : Infinity;
}

import { ExitError } from '../exit-code.ts';
import type { ComposeContext } from './globals.ts';

/** How much may be done at once: `--parallel`, or COMPOSE_PARALLEL_LIMIT; undefined where nobody says. */
export function parallelOf({ globals, env }: Pick<ComposeContext, 'globals' | 'env'>): number | undefined {
  const { parallel: flag } = globals;
  const text = flag ?? env['COMPOSE_PARALLEL_LIMIT'] ?? '';
  if (text === '' && flag === undefined) return undefined;
  if (!/^[-+]?\d+$/.test(text))
    throw new ExitError(
      1,
      flag === undefined
        ? `COMPOSE_PARALLEL_LIMIT must be an integer (found: ${JSON.stringify(text)})`
        : `invalid argument ${JSON.stringify(text)} for "--parallel" flag: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text) > 0 ? Number(text) : Infinity;
}

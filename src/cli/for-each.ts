import { type Context, print } from './context.ts';
import { errorLine } from './exit-code.ts';

/**
 * Does the same to several objects, all at once, and prints each name (or what `work` returns, nothing for null) in the order given;
 * what fails is told and makes the status 1.
 */
export async function forEachTarget(
  context: Context,
  targets: readonly string[],
  work: (target: string) => Promise<string | null | void>,
): Promise<number> {
  const results = await Promise.allSettled(targets.map(work));
  let status = 0;
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') {
      if (result.value !== null) print(context, result.value ?? targets[index] ?? '');
      return;
    }
    context.err.write(`${errorLine(result.reason)}\n`);
    status = 1;
  });
  return status;
}

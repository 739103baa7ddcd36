import type { Context } from './context.ts';
import { errorLine } from './exit-code.ts';
import { formatInspect } from './format/table.ts';

/** Inspects objects by name; prints those that are there, tells those that are not, and makes the status 1 then. */
export async function inspectAll(
  context: Context,
  names: readonly string[],
  format: string | undefined,
  inspect: (name: string) => Promise<unknown>,
): Promise<number> {
  const found: unknown[] = [];
  const errors: string[] = [];
  for (const name of names) {
    try {
      found.push(await inspect(name));
    } catch (error) {
      errors.push(errorLine(error));
    }
  }
  if (found.length > 0 || format === undefined) context.out.write(formatInspect(found, format));
  for (const error of errors) context.err.write(`${error}\n`);
  return errors.length > 0 ? 1 : 0;
}

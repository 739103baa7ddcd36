import { messageOf } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { errorLine } from './exit-code.ts';
import { inspectTemplate } from './format/inspect.ts';
import { lines } from './format/align.ts';

/** Inspects objects by name; prints those that are there, tells those that are not, and makes the status 1 then. */
export async function inspectAll(
  context: Context,
  names: readonly string[],
  format: string | undefined,
  inspect: (name: string) => Promise<unknown>,
): Promise<number> {
  const print = !format || format === 'json' ? undefined : inspectTemplate(format);
  const found: unknown[] = [];
  const errors: string[] = [];
  for (const name of names) {
    try {
      const item = await inspect(name);
      found.push(print ? printed(print, item) : item);
    } catch (error) {
      errors.push(errorLine(error));
    }
  }
  if (print) context.out.write(lines(found.length > 0 ? (found as string[]) : ['']));
  else context.out.write(`${JSON.stringify(found, undefined, format === 'json' ? undefined : 4)}\n`);
  for (const error of errors) context.err.write(`${error}\n`);
  return errors.length > 0 ? 1 : 0;
}

function printed(print: (item: unknown) => string, item: unknown): string {
  try {
    return print(item);
  } catch (error) {
    const other = withGoName(item);
    if (other)
      try {
        return print(other);
      } catch {} // the first failure is told
    throw new Error(`template parsing error: ${messageOf(error)}`, { cause: error });
  }
}

/** Docker's own templates may say `.ID`, as its programs call what the API calls `Id`; one template has one name for it. */
function withGoName(item: unknown): object | undefined {
  if (typeof item !== 'object' || item === null || !('Id' in item)) return undefined;
  const { Id, ...rest } = item;
  return { ID: Id, ...rest };
}

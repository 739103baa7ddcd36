/**
 * Runs CODE (the first argument): an expression, or the body of an asynchronous function. Prints its value; an error by its
 * class, status and message, with status 1.
 * @param scope what the code may use, by name
 */
export async function runCode(scope: Readonly<Record<string, unknown>>): Promise<never> {
  try {
    const value = await compile(process.argv[2] ?? '', Object.keys(scope))(...Object.values(scope));
    if (value !== undefined) console.log(shown(value));
    process.exit(0);
  } catch (error) {
    console.error(told(error));
    process.exit(1);
  }
}

type Code = (...values: readonly unknown[]) => Promise<unknown>;

// oxlint-disable-next-line no-empty-function -- the only way to that constructor
const AsyncFunction = (async () => {}).constructor as new (...source: readonly string[]) => Code;

function compile(code: string, names: readonly string[]): Code {
  try {
    return new AsyncFunction(...names, `return (${code}\n)`);
  } catch {
    return new AsyncFunction(...names, code);
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\n$/, '') : JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = (error as { statusCode?: number }).statusCode;
  return `${error.constructor.name}${status === undefined ? '' : ` ${status}`}: ${error.message.trimEnd()}`;
}

import { problemAt } from './compose-error.ts';
import type { Environment } from './interpolate.ts';

/** Parses an env file as `docker run --env-file` does: what stands behind `=` is the value, whatever it is. A name alone takes its value from `outer`. */
export function parseRawEnv(file: string, text: string, outer: Environment): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trimStart();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const place = { file, line: index + 1, column: 1 };
    const [name = '', value] = trimmed.split(/=(.*)/s);
    if (name === '') throw problemAt(place, `no variable name on line ${JSON.stringify(trimmed)}`);
    if (/\s/.test(name)) throw problemAt(place, `variable ${JSON.stringify(name)} contains whitespaces`);
    const found = value ?? outer[name];
    if (found !== undefined) values[name] = found;
  }
  return values;
}

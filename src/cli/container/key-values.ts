import { readFileSync } from '../../lib/fs.ts';
import { invalid, messageOf } from '../../lib/errors.ts';

/** `NAME=value` of `-e` and `--env-file`; a bare NAME takes the value of our own environment, or is left out. */
export function readEnv(
  files: readonly string[],
  values: readonly string[],
  env: NodeJS.ProcessEnv,
): string[] {
  const fromFiles = files.flatMap((file) => lines(file).map((line) => checkName(line.trimStart(), file)));
  return [...fromFiles, ...values.map((value) => checkName(value, '-e'))].flatMap((value) => {
    if (value.includes('=')) return [value];
    const own = env[value];
    return own === undefined ? [] : [`${value}=${own}`];
  });
}

function checkName(value: string, place: string): string {
  const name = value.split('=', 1)[0] ?? '';
  if (name === '') throw invalid(`invalid environment variable: ${value} (${place})`);
  if (/\s/.test(name) && place !== '-e')
    throw invalid(`poorly formatted environment: variable '${name}' contains whitespaces (${place})`);
  return value;
}

/** `name=value` of `--label` and `--label-file`. */
export function readLabels(files: readonly string[], values: readonly string[]): Record<string, string> {
  return keyValues([...files.flatMap(lines), ...values]);
}

export function keyValues(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      return equals < 0 ? [value, ''] : [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}

function lines(file: string): string[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(
      `open ${file}: ${messageOf(error).includes('ENOENT') ? 'no such file or directory' : messageOf(error)}`,
      error,
    );
  }
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
}

import { readFileSync } from '../lib/fs.ts';
import { hasCode, invalid, messageOf } from '../lib/errors.ts';

/** `NAME=value` of `-e` and `--env-file`; a bare NAME takes the value of our own environment, or is left out. */
export function readEnv(
  files: readonly string[],
  values: readonly string[],
  env: NodeJS.ProcessEnv,
): string[] {
  const fromFiles = files.flatMap((file) => readLines(file).map((line) => checkLine(line.trimStart(), file)));
  values.forEach(checkEnv);
  return [...fromFiles, ...values].flatMap((value) => {
    if (value.includes('=')) return [value];
    const own = env[value];
    return own === undefined ? [] : [`${value}=${own}`];
  });
}

/** Checks a value of `-e`. */
export function checkEnv(value: string): void {
  if (nameOf(value) === '') throw invalid(`invalid environment variable: ${value}`);
}

function checkLine(line: string, file: string): string {
  const name = nameOf(line);
  if (name === '') throw invalid(`no variable name on line '${line}' in ${file}`);
  if (/\s/.test(name)) throw invalid(`invalid env file (${file}): variable '${name}' contains whitespaces`);
  return line;
}

const nameOf = (value: string): string => value.split('=', 1)[0] ?? '';

/** `name=value` of `--label` and `--label-file`. */
export function readLabels(files: readonly string[], values: readonly string[]): Record<string, string> {
  return keyValues([...files.flatMap(readLines), ...values]);
}

/** Checks a value of `--label`. */
export function checkLabel(value: string): void {
  if (nameOf(value) === '') throw invalid(`invalid label '${value}': empty name`);
}

const SYSCTL =
  /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|net\..+|fs\.mqueue\..+)=/;

/** Checks a value of `--sysctl`: only what belongs to namespaces of a container. */
export function checkSysctl(value: string): void {
  if (!SYSCTL.test(value)) throw invalid(`sysctl '${value}' is not allowed`);
}

/** `name=value` each; without a value it is empty. */
export function keyValues(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      return equals < 0 ? [value, ''] : [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}

function readLines(file: string): string[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(openFailure(file, error), error);
  }
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
}

/** Why a file could not be opened, in Docker's words. */
export const openFailure = (path: string, error: unknown): string =>
  `open ${path}: ${hasCode(error, 'ENOENT') ? 'no such file or directory' : messageOf(error)}`;

/** `NAME=value` of `--build-arg`; a bare NAME takes the value of our own environment, or that of the engine. */
export function buildArgs(values: readonly string[], env: NodeJS.ProcessEnv): Record<string, string | null> {
  return Object.fromEntries(
    values.map((value) => {
      const [name = '', given] = value.split(/=(.*)/s);
      return [name, given ?? env[name] ?? null];
    }),
  );
}

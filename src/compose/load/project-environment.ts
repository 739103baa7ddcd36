import { EngineError, hasCode, messageOf } from '../../lib/errors.ts';
import { existsSync, readFileSync, statSync } from '../../lib/fs.ts';
import { parseDotenv } from './dotenv.ts';
import type { Environment } from './interpolate.ts';
import type { LoadOptions } from './load-options.ts';
import type { Reading } from './scope.ts';
import { unsetNote, unsetWarning } from './unset-note.ts';
import { join, resolve } from 'node:path';

/** What is in a file; `-` is standard input. */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new EngineError(
      'not-found',
      `open ${path}: ${hasCode(error, 'ENOENT') ? 'no such file or directory' : messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The variables of the shell, with the working directory among them as every shell has it. */
export const shellEnvironment = ({ env, cwd }: LoadOptions): Record<string, string> => ({
  PWD: cwd,
  ...Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
});

/** The env files of a project in `folder`: those given, those of `COMPOSE_ENV_FILES`, or its `.env`. */
export function envFilesOf(options: LoadOptions, folder: string): string[] {
  const fromShell = options.env['COMPOSE_ENV_FILES']?.split(',').filter((file) => file !== '') ?? [];
  const given = (options.envFiles ?? []).length > 0 ? (options.envFiles ?? []) : fromShell;
  if (given.length > 0) return given.map((file) => resolve(options.cwd, file));
  if (/^(1|t|true)$/i.test(options.env['COMPOSE_DISABLE_ENV_FILE'] ?? '')) return [];
  return standardEnvFile(folder);
}

/** `.env` of a folder, when it is there. */
export const standardEnvFile = (folder: string): string[] =>
  [join(folder, '.env')].filter((file) => existsSync(file) && !statSync(file).isDirectory());

/** Variables of env files under those that are known: what a file says first counts for those after it. */
export function withEnvFiles(
  known: Environment,
  files: readonly string[],
  { warn, note, origins }: Pick<Reading, 'warn' | 'note' | 'origins'>,
): Record<string, string> {
  const values = files.reduce<Record<string, string>>((before, file) => {
    if (!existsSync(file)) throw new EngineError('not-found', `couldn't find env file: ${file}`);
    return parseDotenv(file, readBytes(file).toString(), {
      outer: known,
      known: before,
      onValue: (name, place) => {
        if (!Object.hasOwn(known, name)) origins.variables.set(name, place);
      },
      onUnset: (name, where) => {
        warn(unsetWarning(name));
        note(unsetNote(name, { place: { file, line: 1, column: 1 }, ...where }, { ...before, ...known }));
      },
    });
  }, {});
  return { ...values, ...known };
}

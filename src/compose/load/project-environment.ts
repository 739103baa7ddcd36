import { EngineError, hasCode, messageOf } from '../../lib/errors.ts';
import { existsSync, readFileSync } from '../../lib/fs.ts';
import { parseDotenv } from './dotenv.ts';
import type { LoadOptions } from './load-options.ts';
import { join, resolve } from 'node:path';

/** The text of a file; `-` is standard input. */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new EngineError(
      'not-found',
      `open ${path}: ${hasCode(error, 'ENOENT') ? 'no such file or directory' : messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The shell's variables over those of the env files. */
export function projectEnvironment(options: LoadOptions, workingDir: string): Record<string, string> {
  const shell = Object.fromEntries(
    Object.entries(options.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const given = options.envFiles ?? [];
  const files =
    given.length > 0
      ? given.map((file) => resolve(options.cwd, file))
      : [join(workingDir, '.env')].filter((file) => existsSync(file));
  const values = files.reduce<Record<string, string>>(
    (before, file) => ({ ...before, ...parseDotenv(file, readText(file), shell) }),
    {},
  );
  return { ...values, ...shell };
}

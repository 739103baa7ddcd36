import { existsSync } from '../../lib/fs.ts';
import { dirname, join, resolve } from 'node:path';
import { EngineError } from '../../lib/errors.ts';
import type { Environment } from './interpolate.ts';
import { isRemote } from './remote-reference.ts';

/** The names of a Compose file that nobody has to give, best first. */
export const standardNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** The Compose files that the command line or `COMPOSE_FILE` names, absolute but for `-` and remote ones. */
export function namedFiles(given: readonly string[], cwd: string, environment: Environment): string[] {
  const separator = environment['COMPOSE_PATH_SEPARATOR'] || ':';
  const fromEnvironment = environment['COMPOSE_FILE']?.split(separator).filter((file) => file !== '') ?? [];
  return (given.length > 0 ? given : fromEnvironment).map((file) =>
    file === '-' || isRemote(file) ? file : resolve(cwd, file),
  );
}

/** The files with the standard names in `start` or the nearest folder above that has one; `warn` is told of a choice. */
export function standardFiles(start: string, warn: (message: string) => void): string[] {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const [found, ...others] = present(folder, standardNames);
    if (found !== undefined) {
      if (others.length > 0) tellChoice('config', found, others, warn);
      const [override, ...more] = present(folder, overrides);
      if (override !== undefined && more.length > 0) tellChoice('override', override, more, warn);
      return override === undefined ? [found] : [found, override];
    }
    if (folder === dirname(folder))
      throw new EngineError(
        'not-found',
        `no configuration file provided: not found (looked for ${standardNames.join(', ')} in ${start} and above)`,
      );
  }
}

const present = (folder: string, list: readonly string[]): string[] =>
  list.map((name) => join(folder, name)).filter((path) => existsSync(path));

function tellChoice(
  kind: string,
  chosen: string,
  others: readonly string[],
  warn: (message: string) => void,
): void {
  warn(`Found multiple ${kind} files with supported names: ${[chosen, ...others].join(', ')}`);
  warn(`Using ${chosen}`);
}

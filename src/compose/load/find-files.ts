import { existsSync } from '../../lib/fs.ts';
import { dirname, join, resolve } from 'node:path';
import { EngineError } from '../../lib/errors.ts';

const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = [
  'compose.override.yaml',
  'compose.override.yml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** The Compose files of a project: those given, those of `COMPOSE_FILE`, or the standard names in `cwd` and the folders above. */
export function findFiles(
  given: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const fromEnv =
    env['COMPOSE_FILE']?.split(env['COMPOSE_PATH_SEPARATOR'] ?? ':').filter((file) => file !== '') ?? [];
  const chosen = given.length > 0 ? given : fromEnv;
  if (chosen.length > 0) return chosen.map((file) => (file === '-' ? file : resolve(cwd, file)));
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) {
      const override = overrides.map((name) => join(folder, name)).find((path) => existsSync(path));
      return override === undefined ? [found] : [found, override];
    }
    if (folder === dirname(folder))
      throw new EngineError(
        'not-found',
        `no configuration file provided: not found (looked for ${names.join(', ')} in ${cwd} and above)`,
      );
  }
}

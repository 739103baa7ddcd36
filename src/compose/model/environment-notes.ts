import type { Note } from '../load/compose-error.ts';
import { at } from '../load/tree.ts';
import type { Project, Service } from './types.ts';

/** Images that end at once without a password, and the variables of which they take one. */
const needing: Readonly<Record<string, RegExp>> = {
  mariadb:
    /^(MARIADB|MYSQL)_(ROOT_PASSWORD(_FILE|_HASH)?|ALLOW_EMPTY_(ROOT_)?PASSWORD|RANDOM_ROOT_PASSWORD)$/,
  mysql: /^MYSQL_(ROOT_PASSWORD(_FILE)?|ALLOW_EMPTY_PASSWORD|RANDOM_ROOT_PASSWORD)$/,
  postgres: /^(POSTGRES_PASSWORD(_FILE)?|POSTGRES_HOST_AUTH_METHOD)$/,
};

/** What .env says and its database does not get: it is there for `${…}` in the files alone. */
export const environmentNotes = (project: Project): Note[] =>
  [...project.services.values()].flatMap((service) => {
    const wanted = needing[nameOfImage(service)];
    const hasFiles = at(project.tree, 'services', service.name, 'env_file') !== undefined; // they may not have been read
    if (!wanted || hasFiles || Object.keys(service.environment).some((name) => wanted.test(name))) return [];
    const [found] = [...project.origins.variables].filter(([name]) => wanted.test(name));
    if (!found) return [];
    const [name, place] = found;
    const message = `${name} is not passed to service ${JSON.stringify(service.name)}: this file only gives values to \${…} in the Compose files. Name it below env_file of the service, or ${name} below environment`;
    return [{ place, message }];
  });

const nameOfImage = ({ image = '', build }: Service): string =>
  build ? '' : (/([^/:@]+)(:[^/]*)?(@.*)?$/.exec(image)?.[1] ?? '');

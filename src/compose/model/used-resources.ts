import { at, entriesOf, type Tree } from '../load/tree.ts';
import { scalarText } from './document-values.ts';
import type { Project } from './types.ts';

/** `networks/NAME`, `volumes/NAME` and so on of what the services of a project use. */
export const usedResources = (project: Project): ReadonlySet<string> =>
  resourcesOf([...project.services.keys()].flatMap((name) => at(project.tree, 'services', name) ?? []));

export function resourcesOf(services: readonly Tree[]): ReadonlySet<string> {
  const named = (key: string, names: readonly (string | undefined)[]): string[] =>
    names.flatMap((name) => (name === undefined ? [] : [`${key}/${name}`]));
  return new Set(
    services.flatMap((service) => [
      ...named('networks', keysOf(service, 'networks')),
      ...named('models', keysOf(service, 'models')),
      ...named('volumes', sourcesOf(at(service, 'volumes'))),
      ...named('secrets', [
        ...sourcesOf(at(service, 'secrets')),
        ...sourcesOf(at(service, 'build', 'secrets')),
      ]),
      ...named('configs', sourcesOf(at(service, 'configs'))),
    ]),
  );
}

const keysOf = (tree: Tree, key: string): string[] => entriesOf(at(tree, key)).map(([name]) => name);

const sourcesOf = (tree: Tree | undefined): (string | undefined)[] =>
  tree?.kind === 'list' ? tree.items.map((item) => scalarText(at(item, 'source'))) : [];

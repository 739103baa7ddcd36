import { posix } from 'node:path';
import type { Environment } from '../load/interpolate.ts';
import { eachEntry, listMap } from '../load/tree-forms.ts';
import {
  at,
  entriesOf,
  type ListTree,
  type MapTree,
  mapTree,
  scalarTree,
  type Tree,
  withEntry,
} from '../load/tree.ts';
import { scalarText } from './document-values.ts';
import { fill, implied } from './fill.ts';
import { withDependencies } from './implied-dependencies.ts';
import type { Project } from './types.ts';

/**
 * A merged file with everything in it that Compose fills in: names of resources, the default network, dependencies that links and
 * shared namespaces imply, defaults of ports, builds and secrets. What is filled in has the place of what implies it.
 */
export function normalForm(
  tree: MapTree,
  { name: project, environment }: Pick<Project, 'name' | 'environment'>,
): MapTree {
  const services = at(tree, 'services');
  const filled = services
    ? withEntry(
        tree,
        'services',
        eachEntry(services, (service) =>
          service.kind === 'map' ? normalService(service, environment) : service,
        ),
      )
    : tree;
  const networks = withDefaultNetwork(filled);
  return ['networks', 'volumes', 'configs', 'secrets'].reduce((current, key) => {
    const section = key === 'networks' ? networks : at(current, key);
    return section?.kind === 'map' ? withEntry(current, key, named(section, project)) : current;
  }, filled);
}

function withDefaultNetwork(tree: MapTree): Tree | undefined {
  const networks = at(tree, 'networks');
  const user = entriesOf(at(tree, 'services')).find(
    ([, { value }]) => at(value, 'networks', 'default') !== undefined,
  )?.[1].value;
  if (!user) return networks;
  const section = networks?.kind === 'map' ? networks : mapTree(user.place, []);
  return fill(section, 'default', implied(null, user.place));
}

/** Gives resources their names in the engine. */
function named(section: MapTree, project: string): Tree {
  return {
    ...section,
    entries: new Map(
      [...section.entries].map(([key, entry]) => {
        const resource = entry.value.kind === 'map' ? entry.value : mapTree(entry.value.place, []);
        return [key, { ...entry, value: withName(resource, key, project) }];
      }),
    ),
  };
}

function withName(resource: MapTree, key: string, project: string): MapTree {
  const external = at(resource, 'external');
  const oldName = at(external, 'name');
  const flat =
    external?.kind === 'map' ? withEntry(resource, 'external', implied(true, external.place)) : resource;
  const isExternal = external?.kind === 'map' || scalarText(external) === 'true';
  return fill(flat, 'name', oldName ?? implied(isExternal ? key : `${project}_${key}`, resource.place));
}

function normalService(service: MapTree, environment: Environment): MapTree {
  return [
    withNetworks,
    (current: MapTree) => withBuild(current, environment),
    (current: MapTree) => change(current, 'environment', (value) => resolved(value, environment, true)),
    (current: MapTree) => change(current, 'volumes', (value) => listMap(value, withCleanTarget)),
    (current: MapTree) => change(current, 'pull_policy', missingPolicy),
    withReplicas,
    withDependencies,
  ].reduce((current, step) => step(current), service);
}

function change(service: MapTree, key: string, map: (value: Tree) => Tree): MapTree {
  const entry = service.entries.get(key);
  return entry ? withEntry(service, key, map(entry.value), entry.keyPlace) : service;
}

function withNetworks(service: MapTree): MapTree {
  if (service.entries.has('provider') || service.entries.has('network_mode')) return service;
  const networks = at(service, 'networks');
  if (networks?.kind === 'map' && networks.entries.size > 0) return service;
  const place = networks?.place ?? service.place;
  return withEntry(
    service,
    'networks',
    mapTree(place, [['default', { keyPlace: place, value: implied(null, place) }]]),
  );
}

const withBuild = (service: MapTree, environment: Environment): MapTree =>
  change(service, 'build', (value) => {
    if (value.kind !== 'map') return value;
    const named = value.entries.has('dockerfile_inline')
      ? value
      : fill(value, 'dockerfile', implied('Dockerfile', value.place));
    return change(named, 'args', (args) => resolved(args, environment, false));
  });

/**
 * A merged file in which builds say what they are built from (the folder of the project, where none is said), and dependencies
 * whether they have to be there.
 */
export function withDefaults(tree: MapTree, folder: string): MapTree {
  const withContext = (build: Tree): Tree =>
    build.kind === 'map' ? fill(build, 'context', implied(folder, build.place)) : build;
  const withNeed = (dependency: Tree): Tree =>
    dependency.kind === 'map' ? fill(dependency, 'required', implied(true, dependency.place)) : dependency;
  return change(tree, 'services', (services) =>
    eachEntry(services, (service) =>
      service.kind === 'map'
        ? change(change(service, 'build', withContext), 'depends_on', (all) => eachEntry(all, withNeed))
        : service,
    ),
  );
}

/** Names without a value take that of the environment; without one there they stay for `keep`, else they go. */
export function resolved(value: Tree, environment: Environment, keep: boolean): Tree {
  if (value.kind !== 'map') return value;
  const { written } = value;
  const valueOf = (name: string): string | undefined =>
    Object.hasOwn(environment, name) ? environment[name] : undefined;
  return {
    ...value,
    ...(written?.kind === 'list' && { written: resolvedList(written, valueOf, keep) }),
    entries: new Map(
      [...value.entries].flatMap(([name, entry]) => {
        if (entry.value.kind !== 'scalar' || entry.value.value !== null) return [[name, entry]];
        const found = valueOf(name);
        if (found === undefined) return keep ? [[name, entry]] : [];
        return [[name, { ...entry, value: scalarTree(found, entry.keyPlace) }]];
      }),
    ),
  };
}

function withCleanTarget(volume: Tree): Tree {
  const target = at(volume, 'target');
  const path = scalarText(target);
  return volume.kind === 'map' && target && path !== undefined
    ? withEntry(volume, 'target', scalarTree(cleanPath(path), target.place))
    : volume;
}

/** Go's `path.Clean`. */
const cleanPath = (path: string): string => {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
};

/** The same in the short form. */
function resolvedList(
  list: ListTree,
  valueOf: (name: string) => string | undefined,
  keep: boolean,
): ListTree {
  const items = list.items.flatMap((item) => {
    const name = scalarText(item) ?? '';
    if (name.includes('=')) return [item];
    const found = valueOf(name);
    if (found === undefined) return keep ? [item] : [];
    return [scalarTree(`${name}=${found}`, item.place)];
  });
  return { ...list, items };
}

const missingPolicy = (value: Tree): Tree =>
  scalarText(value) === 'if_not_present' ? scalarTree('missing', value.place) : value;

/** `scale` is the number in `deploy`, too, where there is one; not while it is a variable. */
function withReplicas(service: MapTree): MapTree {
  const scale = at(service, 'scale');
  return scale && !scalarText(scale)?.includes('$')
    ? change(service, 'deploy', (deploy) =>
        deploy.kind === 'map' ? fill(deploy, 'replicas', scale) : deploy,
      )
    : service;
}

import { at, entriesOf, type MapTree, type Tree } from '../load/tree.ts';
import { boolAt, defined, itemsAt, numberAt, textAt, textDictAt, textsAt } from './read.ts';
import type {
  IpamRange,
  Project,
  ProjectFile,
  ProjectModel,
  ProjectNetwork,
  ProjectVolume,
  Service,
} from './types.ts';

/** Reads networks, volumes, configs, secrets and models; the network `default` is there when a service needs it. */
export function readResources(
  tree: MapTree,
  project: string,
  services: readonly Service[],
): Pick<Project, 'networks' | 'volumes' | 'configs' | 'secrets' | 'models'> {
  const networks = new Map(
    entriesOf(at(tree, 'networks')).map(([key, entry]) => [key, readNetwork(key, entry.value, project)]),
  );
  const needsDefault = services.some(
    (service) =>
      service.networkMode === undefined && (service.networks.size === 0 || service.networks.has('default')),
  );
  if (needsDefault && !networks.has('default'))
    networks.set('default', readNetwork('default', at(tree, 'services') ?? tree, project, true));
  return {
    networks,
    volumes: new Map(
      entriesOf(at(tree, 'volumes')).map(([key, { keyPlace, value }]) => [
        key,
        readVolume(key, { ...value, place: keyPlace }, project),
      ]),
    ),
    configs: readFiles(at(tree, 'configs'), project),
    secrets: readFiles(at(tree, 'secrets'), project),
    models: new Map(
      entriesOf(at(tree, 'models')).map(([key, { keyPlace, value }]) => [
        key,
        readModel(key, { ...value, place: keyPlace }, project),
      ]),
    ),
  };
}

/** `external: true`, or the old form `external: {name: x}`. */
function externalOf(tree: Tree): { external: boolean; name?: string } {
  const external = at(tree, 'external');
  if (external?.kind === 'map')
    return { external: true, ...defined<{ name?: string }>({ name: textAt(external, 'name') }) };
  return { external: boolAt(tree, 'external') ?? false };
}

function nameOf(key: string, tree: Tree, project: string): string {
  const { external, name } = externalOf(tree);
  return textAt(tree, 'name') ?? name ?? (external ? key : `${project}_${key}`);
}

function readNetwork(key: string, tree: Tree, project: string, implied = false): ProjectNetwork {
  const source: Tree = implied
    ? { kind: 'scalar', place: tree.place, value: null, source: '', quoted: false }
    : tree;
  const ipam = at(source, 'ipam');
  return defined<ProjectNetwork>({
    key,
    name: nameOf(key, source, project),
    external: externalOf(source).external,
    driver: textAt(source, 'driver'),
    driverOptions: textDictAt(source, 'driver_opts'),
    ipam: defined<ProjectNetwork['ipam']>({
      driver: textAt(ipam, 'driver'),
      config: itemsAt(ipam, 'config').map((item) =>
        defined<IpamRange>({
          subnet: textAt(item, 'subnet'),
          ipRange: textAt(item, 'ip_range'),
          gateway: textAt(item, 'gateway'),
          auxAddresses: textDictAt(item, 'aux_addresses'),
        }),
      ),
      options: textDictAt(ipam, 'options'),
    }),
    internal: boolAt(source, 'internal') ?? false,
    attachable: boolAt(source, 'attachable') ?? false,
    enableIpv4: boolAt(source, 'enable_ipv4'),
    enableIpv6: boolAt(source, 'enable_ipv6'),
    labels: textDictAt(source, 'labels'),
    place: source.place,
  });
}

const readVolume = (key: string, tree: Tree, project: string): ProjectVolume =>
  defined<ProjectVolume>({
    key,
    name: nameOf(key, tree, project),
    external: externalOf(tree).external,
    driver: textAt(tree, 'driver'),
    driverOptions: textDictAt(tree, 'driver_opts'),
    labels: textDictAt(tree, 'labels'),
    place: tree.place,
  });

const readFiles = (tree: Tree | undefined, project: string): Map<string, ProjectFile> =>
  new Map(
    entriesOf(tree).map(([key, { value }]) => [
      key,
      defined<ProjectFile>({
        key,
        name: nameOf(key, value, project),
        external: externalOf(value).external,
        file: textAt(value, 'file'),
        content: textAt(value, 'content'),
        environment: textAt(value, 'environment'),
        variable: variableOf(at(value, 'environment')),
        labels: textDictAt(value, 'labels'),
        driver: textAt(value, 'driver'),
        driverOptions: textDictAt(value, 'driver_opts'),
        templateDriver: textAt(value, 'template_driver'),
        place: value.place,
      }),
    ]),
  );

const variableOf = (tree: Tree | undefined): string | undefined =>
  tree?.kind === 'scalar' ? tree.variable : undefined;

const readModel = (key: string, tree: Tree, project: string): ProjectModel =>
  defined<ProjectModel>({
    key,
    name: nameOf(key, tree, project),
    model: textAt(tree, 'model') ?? '',
    contextSize: numberAt(tree, 'context_size'),
    runtimeFlags: textsAt(tree, 'runtime_flags'),
    place: tree.place,
  });

import {
  canonicalBuild,
  hostsOf,
  longEnvFile,
  longFile,
  longPorts,
  longUlimit,
  longVolume,
} from './long-forms.ts';
import { hostPath } from './short-volume.ts';
import { asList, dictOf, eachEntry, flatList, keyed, listMap } from './tree-forms.ts';
import { at, type MapTree, mapTree, scalarTree, type Tree, withEntry } from './tree.ts';

/** Brings one value of a service to its long form. `baseDir` is what relative paths are relative to. */
type Rule = (value: Tree, baseDir: string) => Tree;

/**
 * Rules as data: the key of a service and how its short form becomes long. After this every key has one form only, so merging and
 * reading know a single shape.
 */
const serviceRules: Readonly<Record<string, Rule>> = {
  annotations: dictOf,
  build: (value, baseDir) => canonicalBuild(value, baseDir),
  configs: (value) => listMap(value, (item) => longFile(item)),
  depends_on: (value) =>
    keyed(value, (place) =>
      mapTree(place, [['condition', { keyPlace: place, value: scalarTree('service_started', place) }]]),
    ),
  dns: asList,
  dns_search: asList,
  env_file: (value, baseDir) => listMap(asList(value), (item) => longEnvFile(item, baseDir)),
  environment: dictOf,
  extends: (value) =>
    value.kind === 'scalar' ? mapTree(value.place, [['service', { keyPlace: value.place, value }]]) : value,
  extra_hosts: (value) => hostsOf(value),
  label_file: (value, baseDir) =>
    listMap(asList(value), (item) =>
      item.kind === 'scalar' ? scalarTree(hostPath(String(item.value), baseDir), item.place) : item,
    ),
  labels: dictOf,
  networks: (value) => keyed(value, (place) => scalarTree(null, place)),
  ports: (value) => flatList(value, (item) => longPorts(item)),
  secrets: (value) => listMap(value, (item) => longFile(item)),
  sysctls: dictOf,
  tmpfs: asList,
  ulimits: (value) => eachEntry(value, longUlimit),
  volumes: (value, baseDir) => listMap(value, (item) => longVolume(item, baseDir)),
};

export function canonicalService(service: MapTree, baseDir: string): MapTree {
  return {
    ...service,
    entries: new Map(
      [...service.entries].map(([key, entry]) => {
        const rule = entry.value.tag === 'reset' ? undefined : serviceRules[key];
        return [key, rule ? { ...entry, value: keepTag(entry.value, rule(entry.value, baseDir)) } : entry];
      }),
    ),
  };
}

const keepTag = (before: Tree, after: Tree): Tree => (before.tag ? { ...after, tag: before.tag } : after);

/** A whole file in long form. */
export function canonicalFile(file: MapTree, baseDir: string): MapTree {
  const services = at(file, 'services');
  const withServices =
    services?.kind === 'map'
      ? withEntry(
          file,
          'services',
          eachEntry(services, (service) =>
            service.kind === 'map' ? canonicalService(service, baseDir) : service,
          ),
        )
      : file;
  return ['networks', 'volumes', 'configs', 'secrets'].reduce((tree, key) => {
    const section = at(tree, key);
    return section?.kind === 'map'
      ? withEntry(
          tree,
          key,
          eachEntry(section, (item) => canonicalResource(item, baseDir)),
        )
      : tree;
  }, withServices);
}

function canonicalResource(item: Tree, baseDir: string): Tree {
  if (item.kind !== 'map') return item;
  const labels = at(item, 'labels');
  const file = at(item, 'file');
  const labelled = labels ? withEntry(item, 'labels', dictOf(labels)) : item;
  return file?.kind === 'scalar'
    ? withEntry(labelled, 'file', scalarTree(hostPath(String(file.value), baseDir), file.place))
    : labelled;
}

import { resolve } from 'node:path';
import { problemAt } from './compose-error.ts';
import { expandPort } from './short-port.ts';
import { expandVolume, hostPath } from './short-volume.ts';
import {
  at,
  type Entry,
  type ListTree,
  type MapTree,
  mapTree,
  scalarTree,
  type Tree,
  withEntry,
} from './tree.ts';

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

/** `NAME=value` items as a map; a name alone has the value null. */
function dictOf(value: Tree): Tree {
  if (value.kind !== 'list') return value.kind === 'scalar' ? mapTree(value.place, []) : value;
  return mapTree(
    value.place,
    value.items.map((item): [string, Entry] => {
      const text = item.kind === 'scalar' ? String(item.value ?? '') : '';
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      return [
        name,
        { keyPlace: item.place, value: scalarTree(equals < 0 ? null : text.slice(equals + 1), item.place) },
      ];
    }),
  );
}

/** A list of names as a map from each name to a default. */
function keyed(value: Tree, make: (place: Tree['place']) => Tree): Tree {
  if (value.kind !== 'list') return value.kind === 'scalar' ? mapTree(value.place, []) : value;
  return mapTree(
    value.place,
    value.items.map((item): [string, Entry] => [
      item.kind === 'scalar' ? String(item.value) : '',
      { keyPlace: item.place, value: make(item.place) },
    ]),
  );
}

function asList(value: Tree): ListTree {
  return value.kind === 'list'
    ? value
    : {
        kind: 'list',
        place: value.place,
        items: value.kind === 'scalar' && value.value === null ? [] : [value],
      };
}

const listMap = (value: Tree, map: (item: Tree) => Tree): Tree =>
  value.kind === 'list' ? { ...value, items: value.items.map(map) } : value;
const flatList = (value: Tree, map: (item: Tree) => Tree[]): Tree =>
  value.kind === 'list' ? { ...value, items: value.items.flatMap(map) } : value;

function eachEntry(value: Tree, map: (item: Tree) => Tree): Tree {
  if (value.kind !== 'map') return value;
  return {
    ...value,
    entries: new Map(
      [...value.entries].map(([key, entry]) => [
        key,
        { ...entry, value: entry.value.tag === 'reset' ? entry.value : map(entry.value) },
      ]),
    ),
  };
}

function longEnvFile(item: Tree, baseDir: string): Tree {
  const path = item.kind === 'map' ? at(item, 'path') : item;
  if (path?.kind !== 'scalar') return item;
  const absolute = scalarTree(hostPath(String(path.value), baseDir), path.place);
  return item.kind === 'map'
    ? withEntry(item, 'path', absolute)
    : mapTree(item.place, [['path', { keyPlace: item.place, value: absolute }]]);
}

function hostsOf(value: Tree): Tree {
  if (value.kind !== 'map') return value;
  const items = [...value.entries].flatMap(([name, entry]) =>
    asList(entry.value).items.map((item) =>
      scalarTree(`${name}=${item.kind === 'scalar' ? item.value : ''}`, item.place),
    ),
  );
  return { kind: 'list', place: value.place, items };
}

function longPorts(item: Tree): Tree[] {
  if (item.kind !== 'scalar') return [item];
  // YAML 1.1 reads 22:22 as a number in base 60; the source text is what the author meant
  return expandPort(item.quoted ? String(item.value) : item.source, item.place);
}

function longFile(item: Tree): Tree {
  return item.kind === 'scalar'
    ? mapTree(item.place, [['source', { keyPlace: item.place, value: item }]])
    : item;
}

function longVolume(item: Tree, baseDir: string): Tree {
  if (item.kind === 'scalar') return expandVolume(String(item.value), item.place, baseDir);
  const type = at(item, 'type');
  const source = at(item, 'source');
  if (item.kind !== 'map' || type?.kind !== 'scalar' || type.value !== 'bind') return item;
  if (source?.kind !== 'scalar') throw problemAt(item.place, "a bind mount needs a 'source'");
  return withEntry(item, 'source', scalarTree(hostPath(String(source.value), baseDir), source.place));
}

function longUlimit(item: Tree): Tree {
  if (item.kind !== 'scalar') return item;
  const entry = { keyPlace: item.place, value: item };
  return mapTree(item.place, [
    ['soft', entry],
    ['hard', entry],
  ]);
}

function canonicalBuild(value: Tree, baseDir: string): Tree {
  const build =
    value.kind === 'scalar' ? mapTree(value.place, [['context', { keyPlace: value.place, value }]]) : value;
  if (build.kind !== 'map') return build;
  const context = at(build, 'context');
  const path = context?.kind === 'scalar' ? String(context.value) : '.';
  const absolute = /^[a-z+]+:\/\/|^git@/.test(path) ? path : resolve(baseDir, hostPath(path, baseDir));
  const args = at(build, 'args');
  const labels = at(build, 'labels');
  const extraHosts = at(build, 'extra_hosts');
  let result = withEntry(build, 'context', scalarTree(absolute, context?.place ?? build.place));
  if (args) result = withEntry(result, 'args', dictOf(args));
  if (labels) result = withEntry(result, 'labels', dictOf(labels));
  if (extraHosts) result = withEntry(result, 'extra_hosts', hostsOf(extraHosts));
  return result;
}

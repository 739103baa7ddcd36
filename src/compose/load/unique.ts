import { isDeepStrictEqual } from 'node:util';
import { at, type ListTree, type MapTree, toJson, type Tree } from './tree.ts';
import { textOf } from './tree-forms.ts';

/** What makes two items of a list the same. */
type Identity = (item: Tree) => string;

const name: Identity = (item) => textOf(item).split('=')[0] ?? '';
const target: Identity = (item) => textOf(at(item, 'target'));
const fileIn =
  (folder: string): Identity =>
  (item) =>
    textOf(at(item, 'target')) || `${folder}/${textOf(at(item, 'source'))}`;

const port: Identity = (item) =>
  [
    textOf(at(item, 'host_ip')) || '0.0.0.0',
    textOf(at(item, 'published')),
    textOf(at(item, 'target')),
    textOf(at(item, 'protocol')),
  ].join(':');

/** Lists of a service that hold an item once: the later one takes the place of the earlier. */
const identities: Readonly<Record<string, Identity>> = {
  'build.tags': name,
  cap_add: name,
  cap_drop: name,
  configs: fileIn(''),
  device_cgroup_rules: textOf,
  devices: target,
  dns: name,
  dns_opt: name,
  dns_search: name,
  env_file: (item) => textOf(at(item, 'path')),
  expose: textOf,
  external_links: textOf,
  group_add: textOf,
  links: name,
  'networks.*.aliases': name,
  'networks.*.link_local_ips': name,
  ports: port,
  profiles: name,
  secrets: fileIn('/run/secrets'),
  security_opt: textOf,
  tmpfs: name,
  volumes: target,
  volumes_from: textOf,
};

/** A merged file without items that a later one replaces. */
export function dropDuplicates(file: MapTree): MapTree {
  const services = at(file, 'services');
  return services?.kind === 'map'
    ? withChanged(file, 'services', (all) => changeEach(all, (service) => unique(service, [])))
    : file;
}

function unique(tree: Tree, path: readonly string[]): Tree {
  if (tree.kind === 'map')
    return changeEach(tree, (value, key) =>
      unique(value, path.length === 1 && path[0] === 'networks' ? [...path, '*'] : [...path, key]),
    );
  const identity = tree.kind === 'list' ? identities[path.join('.')] : undefined;
  return identity && tree.kind === 'list' ? lastOfEach(tree, identity) : tree;
}

function lastOfEach(list: ListTree, identity: Identity): Tree {
  const items = new Map<string, Tree>();
  for (const item of list.items) {
    const before = items.get(identity(item));
    items.set(identity(item), before ? withBefore(item, before) : item);
  }
  return { ...list, items: [...items.values()] };
}

/** Its parts replace those of the other. */
function withBefore(item: Tree, before: Tree): Tree {
  if (item.kind !== 'map' || before.kind !== 'map') return { ...item, before };
  return changeEach(item, (value, key) => {
    const old = before.entries.get(key)?.value;
    return old && !isDeepStrictEqual(toJson(old), toJson(value)) ? { ...value, before: old } : value;
  });
}

const changeEach = (tree: Tree, change: (value: Tree, key: string) => Tree): Tree =>
  tree.kind !== 'map'
    ? tree
    : {
        ...tree,
        entries: new Map(
          [...tree.entries].map(([key, entry]) => [key, { ...entry, value: change(entry.value, key) }]),
        ),
      };

const withChanged = (tree: MapTree, key: string, change: (value: Tree) => Tree): MapTree => ({
  ...tree,
  entries: new Map(
    [...tree.entries].map(([name, entry]) => [
      name,
      name === key ? { ...entry, value: change(entry.value) } : entry,
    ]),
  ),
});

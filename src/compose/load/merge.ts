import { at, type Entry, type ListTree, type MapTree, type Tree } from './tree.ts';

/** How the list at a path is merged; paths are relative to the file, `*` stands for any name. Lists not named here are appended. */
const listRules: Readonly<Record<string, (before: ListTree, after: ListTree) => Tree>> = {
  'services.*.command': (_before, after) => after,
  'services.*.entrypoint': (_before, after) => after,
  'services.*.healthcheck.test': (_before, after) => after,
  'services.*.ports': uniqueBy((item) =>
    ['host_ip', 'published', 'target', 'protocol'].map((key) => scalarAt(item, key)).join('|'),
  ),
  'services.*.volumes': uniqueBy((item) => scalarAt(item, 'target')),
  'services.*.configs': uniqueBy((item) => scalarAt(item, 'target') || scalarAt(item, 'source')),
  'services.*.secrets': uniqueBy((item) => scalarAt(item, 'target') || scalarAt(item, 'source')),
  'services.*.devices': uniqueBy((item) =>
    item.kind === 'scalar'
      ? (String(item.value).split(':')[1] ?? String(item.value))
      : scalarAt(item, 'target'),
  ),
  'services.*.env_file': uniqueBy((item) => scalarAt(item, 'path')),
  'services.*.cap_add': uniqueBy(plain),
  'services.*.cap_drop': uniqueBy(plain),
  'services.*.dns': uniqueBy(plain),
  'services.*.dns_search': uniqueBy(plain),
  'services.*.expose': uniqueBy(plain),
  'services.*.extra_hosts': uniqueBy(plain),
  'services.*.group_add': uniqueBy(plain),
  'services.*.links': uniqueBy(plain),
  'services.*.profiles': uniqueBy(plain),
  'services.*.security_opt': uniqueBy(plain),
  'services.*.tmpfs': uniqueBy(plain),
  'services.*.volumes_from': uniqueBy(plain),
};

/** Lays one file (in long form) over another, by the rules of the Compose Specification (13-merge.md). */
export function mergeFiles(before: MapTree, after: MapTree): MapTree {
  return mergeMaps(before, after, []);
}

/** Lays the own keys of a service over those it extends. */
export function mergeServices(before: MapTree, after: MapTree): MapTree {
  return mergeMaps(before, after, ['services', '*']);
}

function mergeMaps(before: MapTree, after: MapTree, path: readonly string[]): MapTree {
  const entries = new Map<string, Entry>(before.entries);
  for (const [key, entry] of after.entries) {
    if (entry.value.tag === 'reset') entries.delete(key);
    else {
      const old = entries.get(key);
      entries.set(
        key,
        old
          ? { keyPlace: entry.keyPlace, value: mergeValues(old.value, entry.value, [...path, key]) }
          : entry,
      );
    }
  }
  return { ...after, entries };
}

function mergeValues(before: Tree, after: Tree, path: readonly string[]): Tree {
  if (after.tag === 'override' || before.kind !== after.kind)
    return isEmpty(after) && path.at(-2) === 'networks' ? before : after;
  if (before.kind === 'map' && after.kind === 'map') return mergeMaps(before, after, path);
  if (before.kind === 'list' && after.kind === 'list')
    return (listRules[rulePath(path)] ?? append)(before, after);
  return after;
}

const isEmpty = (tree: Tree): boolean => tree.kind === 'scalar' && tree.value === null;

const rulePath = (path: readonly string[]): string =>
  path.map((part, index) => (index === 1 ? '*' : part)).join('.');

const append = (before: ListTree, after: ListTree): Tree => ({
  ...after,
  items: [...before.items, ...after.items],
});

function uniqueBy(key: (item: Tree) => string): (before: ListTree, after: ListTree) => Tree {
  return (before, after) => {
    const items = new Map<string, Tree>();
    for (const item of [...before.items, ...after.items]) items.set(key(item), item);
    return { ...after, items: [...items.values()] };
  };
}

function scalarAt(item: Tree, key: string): string {
  const value = at(item, key);
  return value?.kind === 'scalar' ? String(value.value ?? '') : '';
}

function plain(item: Tree): string {
  return item.kind === 'scalar' ? String(item.value) : '';
}

/** Values marked `!reset` in a single file mean that the key is not there. */
export function dropResets(tree: Tree): Tree {
  if (tree.kind === 'list') return { ...tree, items: tree.items.map(dropResets) };
  if (tree.kind !== 'map') return tree;
  return {
    ...tree,
    entries: new Map(
      [...tree.entries]
        .filter(([, { value }]) => value.tag !== 'reset')
        .map(([key, entry]) => [key, { ...entry, value: dropResets(entry.value) }]),
    ),
  };
}

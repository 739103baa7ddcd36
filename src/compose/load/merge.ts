import { at, type Entry, isNothing, type ListTree, type MapTree, mapTree, type Tree } from './tree.ts';
import { textOf } from './tree-forms.ts';

type Rule = (before: Tree, after: Tree, path: readonly string[]) => Tree;

const replace: Rule = (_before, after) => after;

/** How the value at a path is merged; paths are relative to the file, `*` stands for any name. Else mappings are merged, lists appended. */
const rules: Readonly<Record<string, Rule>> = {
  'networks.*.ipam.config': mergePools,
  'services.*.build.extra_hosts': appendNew,
  'services.*.command': replace,
  'services.*.entrypoint': replace,
  'services.*.extra_hosts': appendNew,
  'services.*.healthcheck.test': replace,
  'services.*.logging': mergeLogging,
  'services.*.ulimits.*': replace,
};

/** Lays one file (in long form) over another, by the rules of the Compose Specification (13-merge.md). */
export function mergeFiles(before: MapTree, after: MapTree): MapTree {
  return mergeMaps(before, after, []);
}

/** Lays the own keys of a service over those it extends. */
export function mergeServices(before: MapTree, after: MapTree): MapTree {
  return mergeMaps(before, after, ['services', '*']);
}

/** A key that is reset stays in sight as such: what comes before it later goes, too. */
function mergeMaps(before: MapTree, after: MapTree, path: readonly string[]): MapTree {
  const entries = new Map<string, Entry>(before.entries);
  for (const [key, entry] of after.entries) {
    const old = entries.get(key);
    const merged = old && mergeValues(old.value, entry.value, [...path, key]);
    const value = merged === entry.value && old ? { ...merged, before: old.value } : (merged ?? entry.value);
    entries.set(key, { keyPlace: entry.keyPlace, value });
  }
  return mapTree(after.place, entries);
}

function mergeValues(before: Tree, after: Tree, path: readonly string[]): Tree {
  if (after.tag !== undefined || before.tag === 'reset') return after;
  const rule = rules[rulePath(path)];
  if (rule) return rule(before, after, path);
  if (isNothing(after)) return isVariable(path) ? after : before;
  if (before.kind === 'map' && after.kind === 'map') return mergeMaps(before, after, path);
  if (before.kind === 'list' && after.kind === 'list') return append(before, after);
  return after;
}

/** Where a name without a value says something: that of the shell, or an empty one. */
const isVariable = (path: readonly string[]): boolean =>
  /^(services\.[^.]+\.(build\.|deploy\.)?|networks\.[^.]+\.|volumes\.[^.]+\.)(environment|args|labels|annotations|sysctls|additional_contexts)$/.test(
    path.slice(0, -1).join('.'),
  );

const rulePath = (path: readonly string[]): string =>
  path.map((part, index) => (index === 1 || (index === 3 && path[2] === 'ulimits') ? '*' : part)).join('.');

const append = (before: ListTree, after: ListTree): Tree => ({
  kind: 'list',
  place: after.place,
  items: [...before.items, ...after.items],
});

/** What is there already is not said a second time. */
function appendNew(before: Tree, after: Tree): Tree {
  if (before.kind !== 'list' || after.kind !== 'list') return isNothing(after) ? before : after;
  const known = new Set(before.items.map(textOf));
  return append(before, { ...after, items: after.items.filter((item) => !known.has(textOf(item))) });
}

/** Options belong to a driver: another one begins anew. */
function mergeLogging(before: Tree, after: Tree, path: readonly string[]): Tree {
  if (before.kind !== 'map' || after.kind !== 'map') return isNothing(after) ? before : after;
  const [old, own] = [at(before, 'driver'), at(after, 'driver')];
  return old && own && textOf(old) !== textOf(own) ? after : mergeMaps(before, after, path);
}

/** Pools with the same subnet are merged, others follow. */
function mergePools(before: Tree, after: Tree, path: readonly string[]): Tree {
  if (before.kind !== 'list' || after.kind !== 'list') return isNothing(after) ? before : after;
  const pools = new Map<string, Tree>();
  for (const pool of [...before.items, ...after.items]) {
    const subnet = textOf(at(pool, 'subnet'));
    const known = pools.get(subnet);
    pools.set(subnet, known?.kind === 'map' && pool.kind === 'map' ? mergeMaps(known, pool, path) : pool);
  }
  return { ...after, items: [...pools.values()] };
}

/**
 * A merged file without the keys that are marked `!reset`, and all that stood below them. `removed` gets those that took something
 * away, by their paths (`services.web.ports`).
 */
export function dropResets(file: MapTree, removed: Map<string, Tree>): MapTree {
  return withoutResets(file, '', removed) as MapTree;
}

function withoutResets(tree: Tree, path: string, removed: Map<string, Tree>): Tree {
  if (tree.kind === 'list')
    return {
      ...tree,
      items: tree.items
        .filter(({ tag }) => tag !== 'reset')
        .map((item, index) => withoutResets(item, `${path}[${index}]`, removed)),
    };
  if (tree.kind !== 'map') return tree;
  const entries = [...tree.entries].flatMap(([key, entry]) => {
    const inner = path === '' ? key : `${path}.${key}`;
    if (entry.value.tag !== 'reset')
      return [[key, { ...entry, value: withoutResets(entry.value, inner, removed) }] as const];
    if (entry.value.before) removed.set(inner, entry.value);
    return [];
  });
  return { ...tree, entries: new Map(entries) };
}

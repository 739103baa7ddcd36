import { type Entry, type ListTree, mapTree, scalarTree, type Tree } from './tree.ts';

/** `NAME=value` items as a map; a name alone has the value null. */
export function dictOf(value: Tree): Tree {
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
export function keyed(value: Tree, make: (place: Tree['place']) => Tree): Tree {
  if (value.kind !== 'list') return value.kind === 'scalar' ? mapTree(value.place, []) : value;
  return mapTree(
    value.place,
    value.items.map((item): [string, Entry] => [
      item.kind === 'scalar' ? String(item.value) : '',
      { keyPlace: item.place, value: make(item.place) },
    ]),
  );
}

/** One value as a list of it, nothing as an empty one. */
export function asList(value: Tree): ListTree {
  return value.kind === 'list'
    ? value
    : {
        kind: 'list',
        place: value.place,
        items: value.kind === 'scalar' && value.value === null ? [] : [value],
      };
}

/** Changes every item of a list; what is none stays as it is. */
export const listMap = (value: Tree, map: (item: Tree) => Tree): Tree =>
  value.kind === 'list' ? { ...value, items: value.items.map(map) } : value;

/** As `listMap`, with any number of items for one. */
export const flatList = (value: Tree, map: (item: Tree) => Tree[]): Tree =>
  value.kind === 'list' ? { ...value, items: value.items.flatMap(map) } : value;

/** Changes every value of a mapping, but for those that are reset. */
export function eachEntry(value: Tree, map: (item: Tree) => Tree): Tree {
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

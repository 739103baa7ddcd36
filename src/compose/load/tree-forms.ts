import { forAll } from './compose-error.ts';
import {
  type Entry,
  type ListTree,
  type MapTree,
  mapTree,
  scalarTree,
  type Tree,
  withEntry,
} from './tree.ts';

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
  value.kind === 'list' ? { ...value, items: forAll(value.items, map) } : value;

/** As `listMap`, with any number of items for one. */
export const flatList = (value: Tree, map: (item: Tree) => Tree[]): Tree =>
  value.kind === 'list' ? { ...value, items: forAll(value.items, map).flat() } : value;

/** Changes every value of a mapping, but for those that are reset. */
export function eachEntry(value: Tree, map: (item: Tree) => Tree): Tree {
  if (value.kind !== 'map') return value;
  return {
    ...value,
    entries: new Map(
      forAll(value.entries, ([key, entry]) => [
        key,
        { ...entry, value: entry.value.tag === 'reset' ? entry.value : map(entry.value) },
      ]),
    ),
  };
}

/** Changes the value at a key of a mapping, where it has one that is not reset. */
export function changeAt(value: Tree, key: string, change: (item: Tree) => Tree): Tree {
  const item = value.kind === 'map' ? value.entries.get(key)?.value : undefined;
  if (value.kind !== 'map' || !item || item.tag === 'reset') return value;
  return withEntry(value, key, keepWritten(item, change(item)), value.entries.get(key)?.keyPlace);
}

/** Changes several keys of a mapping. */
export function changeKeys(value: Tree, changes: Readonly<Record<string, (item: Tree) => Tree>>): Tree {
  let tree = value;
  forAll(Object.entries(changes), ([key, change]) => (tree = changeAt(tree, key, change)));
  return tree;
}

/** A new form of a value still knows the old one. */
function keepWritten(before: Tree, after: Tree): Tree {
  const tagged = keepTag(before, after);
  return after === before || tagged.kind === 'scalar' ? tagged : { ...tagged, written: before };
}

/** A new form of a value still says how it is merged. */
export const keepTag = (before: Tree, after: Tree): Tree =>
  before.tag ? { ...after, tag: before.tag } : after;

/** A mapping with a key set to a default where it lacks it. */
export function withDefault(value: Tree, key: string, scalar: string | boolean): Tree {
  return value.kind !== 'map' || value.entries.has(key)
    ? value
    : withEntry(value, key, { ...scalarTree(scalar, value.place), implied: true });
}

/** A mapping of scalars at one place. */
export const mapOf = (
  place: Tree['place'],
  fields: Readonly<Record<string, string | number | boolean | Tree | undefined>>,
): MapTree =>
  mapTree(
    place,
    Object.entries(fields).flatMap(([key, value]) =>
      value === undefined
        ? []
        : [[key, { keyPlace: place, value: typeof value === 'object' ? value : scalarTree(value, place) }]],
    ),
  );

/** The text of a scalar that is to be text; '' for anything else. */
export const textOf = (value: Tree | undefined): string =>
  value?.kind === 'scalar' && value.value !== null
    ? typeof value.value === 'string'
      ? value.value
      : value.source
    : '';

/** Where something stands in a file: lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line as it stands in the file, and how many of its letters are meant. */
  readonly text?: string;
  readonly length?: number;
}

/** The place of a part of what stands at a place, where it is in the same line. */
export function within(place: Place, part: string): Place {
  const start = place.text?.indexOf(part, place.column - 1) ?? -1;
  return start < 0 ? place : { ...place, column: start + 1, length: part.length };
}

export type Scalar = string | number | boolean | null;

/** A YAML value that remembers where it was written; all phases of loading work on it. */
export type Tree = ScalarTree | ListTree | MapTree;

/** What `config --explain` tells of a value beyond its place. */
interface Traced {
  /** What it replaced. */
  readonly before?: Tree;
  /** Compose fills it in because of what stands at its place. */
  readonly implied?: boolean;
  /** A variable of an env file. */
  readonly envFile?: boolean;
}

export interface ScalarTree extends Traced {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: Scalar;
  /** As written, for values whose meaning YAML may have changed (`22:22`, `no`, `0755`). */
  readonly source: string;
  /** Written in quotes or as a block: always text. */
  readonly quoted: boolean;
  /** `!reset` or `!override` */
  readonly tag?: MergeTag;
  /** What the variable of this name is in an included file that has variables of its own. */
  readonly variable?: string;
}

export interface ListTree extends Traced {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Tree[];
  readonly tag?: MergeTag;
  /** What stands in the file, where this is another form of it. */
  readonly written?: Tree;
}

export interface MapTree extends Traced {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly tag?: MergeTag;
  readonly written?: Tree;
}

export interface Entry {
  readonly keyPlace: Place;
  readonly value: Tree;
}

export type MergeTag = 'reset' | 'override';

export const scalarTree = (value: Scalar, place: Place): ScalarTree => ({
  kind: 'scalar',
  place,
  value,
  source: String(value),
  quoted: true,
});

export const mapTree = (place: Place, entries: Iterable<readonly [string, Entry]>): MapTree => ({
  kind: 'map',
  place,
  entries: new Map(entries),
});

/** A key without a value. */
export const isNothing = (tree: Tree): boolean => tree.kind === 'scalar' && tree.value === null;

/** The value at a key of a map; undefined when the tree is no map or lacks it. */
export const at = (tree: Tree | undefined, ...path: readonly string[]): Tree | undefined =>
  path.reduce<Tree | undefined>(
    (current, key) => (current?.kind === 'map' ? current.entries.get(key)?.value : undefined),
    tree,
  );

/** The entries of a map; none for anything else. */
export const entriesOf = (tree: Tree | undefined): readonly (readonly [string, Entry])[] =>
  tree?.kind === 'map' ? [...tree.entries] : [];

/** A copy of a map with one entry set. */
export function withEntry(tree: MapTree, key: string, value: Tree, keyPlace: Place = value.place): MapTree {
  return { ...tree, entries: new Map([...tree.entries, [key, { keyPlace, value }]]) };
}

/** A copy of a map without some keys. */
export const withoutKeys = (tree: MapTree, ...keys: readonly string[]): MapTree => ({
  ...tree,
  entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))),
});

/** Plain JSON of a tree, without places. */
export function toJson(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(toJson);
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, toJson(value)]));
  }
}

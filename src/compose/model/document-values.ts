import { byBytes, goFloat, type Mapping, type Value } from '../../lib/go-document.ts';
import { formatDuration } from '../../lib/duration.ts';
import { parseBytes } from '../../lib/bytes.ts';
import { integerOf } from '../load/resolve-scalar.ts';
import { entriesOf, type ScalarTree, type Tree } from '../load/tree.ts';
import { parseComposeDuration } from './duration.ts';
import { byLetters } from './by-letters.ts';
import { splitWords } from './words.ts';

/** What a document is written as: the two differ in names, in the order of free keys and in what is left out when empty. */
export type Style = 'yaml' | 'json';

/** Turns a value in long form into what a document shows; undefined = left out. */
export type Kind = (tree: Tree | undefined, style: Style) => Value | undefined;

/** A key, its kind and, where it differs, its name in JSON. */
export type Field = readonly [key: string, kind: Kind, json?: string];

const scalarAt = (tree: Tree | undefined): ScalarTree | undefined =>
  tree?.kind === 'scalar' && tree.value !== null ? tree : undefined;

/** A scalar as Compose makes text of it: numbers by their value, not as they were written. */
export function scalarText(tree: Tree | undefined): string | undefined {
  const scalar = scalarAt(tree);
  if (!scalar) return undefined;
  if (typeof scalar.value !== 'number') return String(scalar.value);
  return integerOf(scalar.source)?.toString() ?? goFloat(scalar.value);
}

const orNothing = <T extends Value>(value: T | undefined, zero: T): T | undefined =>
  value === zero ? undefined : value;

/*
 * Scalars: left out when they are their type's zero, but for those that keep it.
 */

export const text: Kind = (tree) => orNothing(scalarText(tree), '');

const numberOf = (tree: Tree | undefined): number | undefined => {
  const value = scalarText(tree);
  return value === undefined ? undefined : Number(value);
};

export const integer: Kind = (tree) => orNothing(numberOf(tree), 0);
export const keptInteger: Kind = numberOf;

/** Rounded to the precision of 32 bits, in the fewest digits that say so. */
function singlePrecision(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return Number(value.toPrecision(9));
}

export const float: Kind = (tree) => {
  const value = numberOf(tree);
  return value === undefined || value === 0 ? undefined : singlePrecision(value);
};

const boolOf = (tree: Tree | undefined): boolean | undefined => {
  const value = scalarText(tree);
  return value === undefined ? undefined : /^(true|yes|on|y|1)$/i.test(value);
};

export const bool: Kind = (tree) => orNothing(boolOf(tree), false);
export const keptBool: Kind = boolOf;
export const alwaysBool: Kind = (tree) => boolOf(tree) ?? false;

export const bytes: Kind = (tree) => {
  const value = scalarText(tree);
  if (value === undefined) return undefined;
  const size = /^-?\d+$/.test(value) ? Number(value) : parseBytes(value);
  return size === 0 ? undefined : String(size);
};

const durationOf = (tree: Tree | undefined): string | undefined => {
  const value = scalarText(tree);
  return value === undefined ? undefined : formatDuration(parseComposeDuration(value));
};

export const keptDuration: Kind = durationOf;
export const duration: Kind = (tree) => orNothing(durationOf(tree), '0s');

/** Octal, in quotes. */
export const mode: Kind = (tree) => {
  const scalar = scalarAt(tree);
  if (!scalar) return undefined;
  const value =
    typeof scalar.value === 'number'
      ? scalar.value
      : Number.parseInt(String(scalar.value).replace(/^0o/, ''), 8);
  return `0${value.toString(8)}`;
};

export const deviceCount: Kind = (tree) =>
  scalarText(tree)?.toLowerCase() === 'all' ? -1 : orNothing(numberOf(tree), 0);

/*
 * Lists and mappings.
 */

const itemsOf = (tree: Tree | undefined): readonly Tree[] =>
  tree?.kind === 'list' ? tree.items : scalarAt(tree) ? [tree as Tree] : [];

export const texts: Kind = (tree) => {
  const items = itemsOf(tree).map((item) => scalarText(item) ?? '');
  return items.length > 0 ? items : undefined;
};

export const listOf =
  (kind: Kind): Kind =>
  (tree, style) => {
    const items = itemsOf(tree).map((item) => kind(item, style) ?? null);
    return items.length > 0 ? items : undefined;
  };

/** A command line: words, or text that is split into words; one that is empty is not the same as none. */
export const command: Kind = (tree, style) => {
  if (tree?.kind === 'list') return tree.items.map((item) => scalarText(item) ?? '');
  const line = scalarText(tree);
  return line === undefined ? (style === 'json' ? null : undefined) : splitWords(line);
};

export const healthTest: Kind = (tree) =>
  tree?.kind === 'scalar' && tree.value !== null
    ? ['CMD-SHELL', scalarText(tree) ?? '']
    : texts(tree, 'yaml');

/** The pairs of a mapping or of a list of `NAME=value`; null = no value. */
function pairsOf(tree: Tree | undefined): [string, Tree | string | null][] {
  if (tree?.kind !== 'list') return entriesOf(tree).map(([key, { value }]) => [key, value]);
  return tree.items.map((item) => {
    const [, name = '', value] = /^([^=]*)(?:=([\s\S]*))?$/.exec(scalarText(item) ?? '') ?? [];
    return [name, value ?? null];
  });
}

export function sortedBy<T extends Value>(
  style: Style,
  entries: Iterable<readonly [string, T]>,
): Map<string, T> {
  const order = style === 'yaml' ? byLetters : byBytes;
  return new Map([...new Map(entries)].toSorted(([a], [b]) => order(a, b)));
}

const dictOf =
  (none: string | null): Kind =>
  (tree, style) => {
    const pairs = pairsOf(tree).map(
      ([key, value]) =>
        [key, (typeof value === 'string' ? value : scalarText(value ?? undefined)) ?? none] as const,
    );
    return pairs.length > 0 ? sortedBy(style, pairs) : undefined;
  };

/** Names and texts; no value is the empty text. */
export const dict: Kind = dictOf('');
/** Names and texts; no value stays none. */
export const dictWithNulls: Kind = dictOf(null);

export const mapOf =
  (kind: Kind): Kind =>
  (tree, style) => {
    const entries = pairsOf(tree).map(
      ([key, value]) =>
        [key, (typeof value === 'string' || !value ? undefined : kind(value, style)) ?? null] as const,
    );
    return entries.length > 0 ? sortedBy(style, entries) : undefined;
  };

export const multiDict: Kind = mapOf((value) => itemsOf(value).map((item) => scalarText(item) ?? '<nil>'));

/** `host=address`, sorted. */
export const hosts: Kind = (tree) => {
  const list =
    tree?.kind === 'list'
      ? tree.items.flatMap((item) => hostLines(scalarText(item) ?? ''))
      : entriesOf(tree).flatMap(([name, { value }]) =>
          (value.kind === 'list' ? value.items : [value]).map((item) =>
            hostLine(name, scalarText(item) ?? ''),
          ),
        );
  return list.length > 0 ? list.toSorted(byBytes) : undefined;
};

function hostLines(line: string): string[] {
  const [, name = '', addresses = ''] = /^([^=]*)=(.*)$/.exec(line) ?? /^([^:]*):(.*)$/.exec(line) ?? [];
  return addresses.split(',').map((address) => hostLine(name, address));
}

const hostLine = (name: string, address: string): string => `${name}=${address.replace(/^\[(.+)\]$/, '$1')}`;

/*
 * Closed sets of keys.
 */

/** A mapping with these keys, in this order; it is shown even when empty. */
export const struct =
  (fields: readonly Field[]): Kind =>
  (tree, style) =>
    tree?.kind === 'map' ? structOf(tree, fields, style) : undefined;

/** As `struct`, but in JSON there even when the file has none, and in YAML only when it has something in it. */
export const partStruct =
  (fields: readonly Field[]): Kind =>
  (tree, style) => {
    const value = structOf(tree, fields, style);
    return style === 'yaml' && value.size === 0 ? undefined : value;
  };

export function structOf(tree: Tree | undefined, fields: readonly Field[], style: Style): Mapping {
  const map = tree?.kind === 'map' ? tree.entries : undefined;
  const shown = fields.flatMap(([key, kind, json]) => {
    const value = kind(map?.get(key)?.value, style);
    return value === undefined ? [] : [[style === 'json' ? (json ?? key) : key, value] as const];
  });
  return new Map([...shown, ...(style === 'yaml' ? extensionsOf(tree) : [])]);
}

/** The `x-…` keys of a mapping. */
export const extensionsOf = (tree: Tree | undefined, style: Style = 'yaml'): Map<string, Value> =>
  sortedBy(
    style,
    entriesOf(tree)
      .filter(([key]) => key.startsWith('x-'))
      .map(([key, { value }]) => [key, anything(value, style)] as const),
  );

/** A value as it is, with mappings in the order of their keys. */
export function anything(tree: Tree, style: Style): Value {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map((item) => anything(item, style));
  return sortedBy(
    style,
    [...tree.entries].map(([key, { value }]) => [key, anything(value, style)] as const),
  );
}

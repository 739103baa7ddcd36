import { parseBytes } from '../../lib/bytes.ts';
import { messageOf } from '../../lib/errors.ts';
import { problemAt } from '../load/compose-error.ts';
import { at, entriesOf, type Tree } from '../load/tree.ts';
import { parseComposeDuration } from './duration.ts';
import { splitWords } from './words.ts';

/*
 * Readers of validated trees in long form: each gives the value at a key in the type that the model wants, or undefined.
 */

const scalar = (tree: Tree | undefined, key: string): string | number | boolean | undefined => {
  const value = at(tree, key);
  return value?.kind === 'scalar' && value.value !== null ? value.value : undefined;
};

export function textAt(tree: Tree | undefined, key: string): string | undefined {
  const value = at(tree, key);
  if (value?.kind !== 'scalar' || value.value === null) return undefined;
  return typeof value.value === 'string' ? value.value : value.source;
}

export function numberAt(tree: Tree | undefined, key: string): number | undefined {
  const value = scalar(tree, key);
  return value === undefined ? undefined : Number(value);
}

export function boolAt(tree: Tree | undefined, key: string): boolean | undefined {
  const value = scalar(tree, key);
  if (value === undefined) return undefined;
  return typeof value === 'boolean' ? value : /^(true|yes|on|y|1)$/i.test(String(value));
}

export function bytesAt(tree: Tree | undefined, key: string): number | undefined {
  const value = scalar(tree, key);
  if (value === undefined) return undefined;
  return typeof value === 'number' || value === '-1' ? Number(value) : parseBytes(String(value));
}

/** nanoseconds */
export function durationAt(tree: Tree | undefined, key: string): number | undefined {
  const value = scalar(tree, key);
  return value === undefined ? undefined : parseComposeDuration(String(value));
}

export function textsAt(tree: Tree | undefined, key: string): string[] {
  const list = at(tree, key);
  return list?.kind === 'list'
    ? list.items.flatMap((item) =>
        item.kind === 'scalar' ? [typeof item.value === 'string' ? item.value : item.source] : [],
      )
    : [];
}

export function itemsAt(tree: Tree | undefined, key: string): readonly Tree[] {
  const list = at(tree, key);
  return list?.kind === 'list' ? list.items : [];
}

/** A map of texts; entries without a value are null. */
export function dictAt(tree: Tree | undefined, key: string): Record<string, string | null> {
  return Object.fromEntries(
    entriesOf(at(tree, key)).map(([name, { value }]) => [
      name,
      value.kind !== 'scalar' || value.value === null
        ? null
        : typeof value.value === 'string'
          ? value.value
          : value.source,
    ]),
  );
}

export const textDictAt = (tree: Tree | undefined, key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(dictAt(tree, key)).map(([name, value]) => [name, value ?? '']));

/** A command line: words, or text that is split into them. */
export function commandAt(tree: Tree | undefined, key: string): readonly string[] | undefined {
  const value = at(tree, key);
  if (value?.kind === 'list') return textsAt(tree, key);
  if (value?.kind !== 'scalar' || value.value === null) return undefined;
  try {
    return splitWords(String(value.value));
  } catch (error) {
    throw problemAt(value.place, messageOf(error));
  }
}

/** An object without the members that are undefined. */
export function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

import type { Mapping, Value } from '../../lib/go-document.ts';
import type { MapTree, Tree } from '../load/tree.ts';
import { anything, sortedBy, type Style } from './document-values.ts';

/** Keys whose short form is as good as the long one: Compose shows them as they stand in the file. */
const asWritten = new Set([
  'annotations',
  'args',
  'cache_from',
  'cache_to',
  'dns_search',
  'environment',
  'extra_hosts',
  'labels',
  'ports',
  'sysctls',
  'tags',
  'tmpfs',
]);

/** The merged files as they are, for `config --no-interpolate`: every mapping in the order of its keys. */
export const writtenDocument = (tree: MapTree, style: Style): Mapping =>
  documentOf(tree, style, '') as Mapping;

function documentOf(tree: Tree, style: Style, key: string): Value {
  if (tree.kind === 'scalar') return tree.value;
  if (asWritten.has(key) && tree.written && isShort(tree, key)) return anything(tree.written, style);
  if (tree.kind === 'list') return tree.items.map((item) => documentOf(item, style, ''));
  return sortedBy(
    style,
    [...tree.entries].map(([name, { value }]) => [name, documentOf(value, style, name)] as const),
  );
}

/** Ports become long wherever they can be read; one with a variable in it keeps them all as they are. */
const isShort = (tree: Tree, key: string): boolean =>
  key !== 'ports' || (tree.kind === 'list' && tree.items.some(({ kind }) => kind === 'scalar'));

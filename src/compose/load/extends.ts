import { dirname } from 'node:path';
import { didYouMean } from '../../lib/suggest.ts';
import { formatPlace, problemAt } from './compose-error.ts';
import { mergeServices } from './merge.ts';
import { hostPath } from './short-volume.ts';
import { at, entriesOf, type MapTree, type Tree, withEntry, withoutKeys } from './tree.ts';

/** Reads another file to its long form. */
export type ReadFile = (path: string, from: Tree['place']) => MapTree;

/** Replaces `extends` of every service by what it brings. */
export function resolveExtends(file: MapTree, path: string, readFile: ReadFile): MapTree {
  const services = at(file, 'services');
  if (services?.kind !== 'map') return file;
  return entriesOf(services).reduce((tree, [name, { value }]) => {
    if (value.kind !== 'map' || !value.entries.has('extends')) return tree;
    const current = at(tree, 'services');
    const resolved = resolveService(file, path, name, readFile, []);
    return current?.kind === 'map' ? withEntry(tree, 'services', withEntry(current, name, resolved)) : tree;
  }, file);
}

function resolveService(
  file: MapTree,
  path: string,
  name: string,
  readFile: ReadFile,
  chain: readonly string[],
): MapTree {
  const service = at(file, 'services', name);
  if (service?.kind !== 'map') throw new Error(`service ${name} is no mapping`);
  const link = at(service, 'extends');
  if (!link) return service;
  const id = `${path}:${name}`;
  if (chain.includes(id))
    throw problemAt(
      link.place,
      `circular reference: ${[...chain, id].map((part) => part.split(':').at(-1)).join(' extends ')}`,
    );
  const target = textAt(link, 'service');
  const other = textAt(link, 'file');
  const otherPath = other === '' ? path : hostPath(other, dirname(path));
  const base = other === '' ? file : readFile(otherPath, link.place);
  const names = entriesOf(at(base, 'services')).map(([key]) => key);
  if (!names.includes(target)) {
    throw problemAt(
      at(link, 'service')?.place ?? link.place,
      `cannot extend service ${JSON.stringify(target)}${other === '' ? '' : ` in ${other}`}: service not found${didYouMean(target, names)}`,
    );
  }
  const extended = withoutKeys(resolveService(base, otherPath, target, readFile, [...chain, id]), 'extends');
  return mergeServices(extended, withoutKeys(service, 'extends'));
}

const textAt = (tree: Tree, key: string): string => {
  const value = at(tree, key);
  if (value?.kind === 'map' || value?.kind === 'list')
    throw problemAt(value.place, `${formatPlace(value.place)}: extends.${key} must be text`);
  return value ? String(value.value ?? '') : '';
};

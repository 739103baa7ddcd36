import { dirname } from 'node:path';
import { existsSync } from '../../lib/fs.ts';
import { didYouMean } from '../../lib/suggest.ts';
import { forAll, problemAt } from './compose-error.ts';
import { mergeServices } from './merge.ts';
import { locateFrom } from './paths.ts';
import type { Scope } from './scope.ts';
import { textOf } from './tree-forms.ts';
import { at, entriesOf, type MapTree, mapTree, type Tree, withEntry, withoutKeys } from './tree.ts';

/** Reads another file to its long form; paths in it are relative to `folder`. */
type ReadFile = (path: string, folder: string) => MapTree;

/** A file that services extend from, and what its own `extends` are relative to. */
interface Source {
  readonly file: MapTree;
  readonly path: string;
  readonly folder: string;
}

/** Replaces `extends` of every service by what it brings. */
export function resolveExtends(file: MapTree, path: string, scope: Scope, readFile: ReadFile): MapTree {
  const services = at(file, 'services');
  if (services?.kind !== 'map') return file;
  const source: Source = { file, path, folder: scope.folder };
  const resolved = forAll(
    services.entries,
    ([name, entry]) =>
      [
        name,
        {
          ...entry,
          value: at(entry.value, 'extends') ? resolveService(source, name, scope, readFile, []) : entry.value,
        },
      ] as const,
  );
  return withEntry(file, 'services', mapTree(services.place, resolved));
}

function resolveService(
  source: Source,
  name: string,
  scope: Scope,
  readFile: ReadFile,
  chain: readonly string[],
): MapTree {
  const service = at(source.file, 'services', name);
  if (service?.kind !== 'map') return mapTree(service?.place ?? source.file.place, []);
  const link = at(service, 'extends');
  if (!link || link.tag === 'reset') return service;
  const id = `${source.path}:${name}`;
  if (chain.includes(id))
    throw problemAt(
      link.place,
      `circular reference: ${[...chain, id].map((part) => part.split(':').at(-1)).join(' extends ')}`,
    );
  const base = baseOf(source, link, scope, readFile);
  const target = textOf(at(link, 'service'));
  const names = entriesOf(at(base.file, 'services')).map(([key]) => key);
  if (!names.includes(target)) {
    const from = base === source ? '' : ` in ${textOf(at(link, 'file'))}`;
    throw problemAt(
      at(link, 'service')?.place ?? link.place,
      `cannot extend service ${JSON.stringify(target)}${from}: service not found${didYouMean(target, names)}`,
    );
  }
  const extended = resolveService(base, target, scope, readFile, [...chain, id]);
  return mergeServices(withoutKeys(extended, 'extends'), withoutKeys(service, 'extends'));
}

/** The file that a service extends from: its own, unless it names another. */
function baseOf(source: Source, link: Tree, scope: Scope, readFile: ReadFile): Source {
  const other = at(link, 'file');
  const name = textOf(other);
  if (!other || name === '') return source;
  const path = scope.reading.copyOf(name, other.place) ?? locateFrom(source.folder)(name);
  if (!existsSync(path)) throw problemAt(other.place, `file ${path} not found`);
  if (!scope.reading.origins.files.has(path)) scope.reading.origins.files.set(path, 'extends');
  return { file: readFile(path, dirname(path)), path, folder: dirname(path) };
}

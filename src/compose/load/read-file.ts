import { canonicalFile } from './canonical.ts';
import { forAll } from './compose-error.ts';
import { resolveExtends } from './extends.ts';
import { withIncludes } from './include.ts';
import { interpolateTree } from './interpolate.ts';
import { mergeFiles } from './merge.ts';
import { unsetNote, unsetWarning } from './unset-note.ts';
import { type Scope, scopeAt } from './scope.ts';
import { changeAt, eachEntry } from './tree-forms.ts';
import { at, isNothing, type MapTree, mapTree, type Tree } from './tree.ts';
import { validateFile } from './validate.ts';

/** The files at these paths, each laid over those before it. A file may hold several documents: they are as several files. */
export function readFiles(paths: readonly string[], scope: Scope): MapTree {
  const isPart = paths.length > 1;
  const files = forAll(paths, (path) =>
    readDocuments(path, scope, isPart).map((file) =>
      withIncludes(extended(file, path, scope), scope, path, readFiles),
    ),
  );
  const whole = files.flat().reduce(mergeFiles);
  return isPart ? validateFile(whole, { ...scope.reading, warn: () => {}, note: () => {} }) : whole;
}

const extended = (file: MapTree, path: string, scope: Scope): MapTree =>
  resolveExtends(file, path, scope, (other, folder) =>
    readDocuments(other, scopeAt(folder, scope), true, withEmptyServices).reduce(mergeFiles),
  );

/** In a file that is extended from, a service may say nothing. */
const withEmptyServices = (file: Tree): Tree =>
  changeAt(file, 'services', (services) =>
    eachEntry(services, (service) => (isNothing(service) ? mapTree(service.place, []) : service)),
  );

/** The documents of one file in long form. */
function readDocuments(
  path: string,
  { environment, locate, reading }: Scope,
  isPart: boolean,
  prepare: (file: Tree) => Tree = (file) => file,
): MapTree[] {
  const file = path === '-' ? '(stdin)' : path;
  return reading.documentsOf(path).map((document) => {
    const tree = reading.skip.has('interpolate')
      ? document
      : interpolateTree(document, {
          environment,
          onUnset: (name, where) => {
            reading.warn(unsetWarning(name));
            reading.note(unsetNote(name, { place: document.place, ...where }, environment));
          },
        });
    const valid = validateFile(prepare(tree), reading, isPart);
    if (at(valid, 'version'))
      reading.warn(
        `${file}: the attribute \`version\` is obsolete, it will be ignored, please remove it to avoid potential confusion`,
      );
    return canonicalFile(valid, locate, reading.warn);
  });
}

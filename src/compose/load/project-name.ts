import { invalid } from '../../lib/errors.ts';
import { problemAt } from './compose-error.ts';
import { type Environment, interpolate } from './interpolate.ts';
import type { LoadOptions } from './load-options.ts';
import { textOf } from './tree-forms.ts';
import { at, type Tree } from './tree.ts';
import { basename } from 'node:path';

/**
 * The name of a project: as given, of the environment, of the last of these documents that has one, or else of its folder. It is known
 * before anything else, for files may use it as `COMPOSE_PROJECT_NAME`.
 */
export function projectName(
  documents: readonly Tree[],
  options: LoadOptions,
  environment: Environment,
  workingDir: string,
): string {
  const inFile = documents.map((document) => at(document, 'name')).findLast((name) => textOf(name) !== '');
  const given =
    options.projectName ||
    environment['COMPOSE_PROJECT_NAME'] ||
    (inFile &&
      usableName(
        interpolate(textOf(inFile), { environment }, (message) => problemAt(inFile.place, message)),
      ));
  if (!given) return folderName(workingDir);
  if (!/^[a-z0-9][-_a-z0-9]*$/.test(given)) {
    throw invalid(
      `invalid project name ${JSON.stringify(given)}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
    );
  }
  return given;
}

function folderName(folder: string): string {
  const name = usableName(basename(folder));
  if (name === '')
    throw invalid(
      `the project name must not be empty: give one with -p, the folder ${folder} has no usable name`,
    );
  return name;
}

/** The letters of a name that the name of a project may have. */
const usableName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '');

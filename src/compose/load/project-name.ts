import { invalid } from '../../lib/errors.ts';
import type { LoadOptions } from './load-options.ts';
import { at, type MapTree } from './tree.ts';
import { basename } from 'node:path';

/** The name of a project: as given, of the environment, of the file, or else of its folder. */
export function projectName(
  tree: MapTree,
  options: LoadOptions,
  environment: Readonly<Record<string, string>>,
  workingDir: string,
): string {
  const inFile = at(tree, 'name');
  const given =
    options.projectName ??
    environment['COMPOSE_PROJECT_NAME'] ??
    (inFile?.kind === 'scalar' ? String(inFile.value) : undefined);
  if (given === undefined || given === '') {
    const name = basename(workingDir)
      .toLowerCase()
      .replace(/[^-_a-z0-9]/g, '')
      .replace(/^[-_]+/, '');
    if (name === '')
      throw invalid(
        `the project name must not be empty: give one with -p, the folder ${workingDir} has no usable name`,
      );
    return name;
  }
  if (!/^[a-z0-9][-_a-z0-9]*$/.test(given)) {
    throw invalid(
      `invalid project name ${JSON.stringify(given)}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
    );
  }
  return given;
}

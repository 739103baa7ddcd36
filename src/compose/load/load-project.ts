import { checkProject } from '../model/check-project.ts';
import { normalForm } from '../model/normal-form.ts';
import { readResources } from '../model/resources.ts';
import { readService } from '../model/service.ts';
import type { Project } from '../model/types.ts';
import { canonicalFile } from './canonical.ts';
import { problemAt } from './compose-error.ts';
import { resolveExtends } from './extends.ts';
import { findFiles } from './find-files.ts';
import { readOther, withIncludes } from './include.ts';
import { interpolateTree } from './interpolate.ts';
import type { LoadOptions } from './load-options.ts';
import { dropResets, mergeFiles } from './merge.ts';
import { parseYaml } from './parse-yaml.ts';
import { splitByProfile } from './profiles.ts';
import { projectEnvironment, readText } from './project-environment.ts';
import { projectName } from './project-name.ts';
import { at, entriesOf, type MapTree, mapTree } from './tree.ts';
import { validateFile } from './validate.ts';
import { dirname, resolve } from 'node:path';

/**
 * Reads a project: text → YAML with places → interpolated → validated → long forms → extended → merged → model. Throws
 * ComposeError with `file:line:column` of everything that is wrong in the phase that failed.
 */
export function loadProject(options: LoadOptions): Project {
  const files = findFiles(options.files, options.cwd, options.env);
  const workingDir = resolve(
    options.projectDirectory ?? (files[0] === '-' ? options.cwd : dirname(files[0] ?? options.cwd)),
  );
  const environment = projectEnvironment(options, workingDir);
  const warnings = new Set<string>();
  const read = (path: string, baseDir: string): MapTree => {
    const tree = interpolateTree(parseYaml(path === '-' ? '(stdin)' : path, readText(path)), {
      environment,
      onUnset: (name) =>
        warnings.add(`The ${JSON.stringify(name)} variable is not set. Defaulting to a blank string.`),
    });
    const file = canonicalFile(validateFile(tree), baseDir);
    return resolveExtends(file, path, (other, from) => readOther(other, from, read));
  };
  const trees = files.flatMap((path) => withIncludes(read(path, workingDir), workingDir, read));
  const merged = dropResets(
    trees.slice(1).reduce(mergeFiles, trees[0] ?? mapTree({ file: '', line: 1, column: 1 }, [])),
  ) as MapTree;
  return toProject(merged, { files, workingDir, environment, options, warnings: [...warnings] });
}

interface ProjectParts {
  readonly files: readonly string[];
  readonly workingDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly options: LoadOptions;
  readonly warnings: readonly string[];
}

function toProject(
  tree: MapTree,
  { files, workingDir, environment, options, warnings }: ProjectParts,
): Project {
  const name = projectName(tree, options, environment, workingDir);
  const all = new Map(
    entriesOf(at(tree, 'services')).map(([key, { keyPlace, value }]) => {
      if (!/^[a-zA-Z0-9._-]+$/.test(key))
        throw problemAt(
          keyPlace,
          `service name ${JSON.stringify(key)} may have letters, digits, '.', '_' and '-' only`,
        );
      if (value.kind !== 'map') throw problemAt(keyPlace, `service ${JSON.stringify(key)} must be a mapping`);
      return [key, readService(key, { ...value, place: keyPlace }, environment)];
    }),
  );
  const { services, disabled } = splitByProfile(all, options, environment);
  const project: Project = {
    name,
    workingDir,
    files: files.map((file) => (file === '-' ? '-' : file)),
    envFiles: (options.envFiles ?? []).map((file) => resolve(options.cwd, file)),
    services,
    disabled,
    ...readResources(tree, name, [...services.values()]),
    environment,
    warnings: obsoleteVersion(tree, warnings),
    tree: normalForm(tree, name, environment),
  };
  checkProject(project);
  return project;
}

function obsoleteVersion(tree: MapTree, warnings: readonly string[]): readonly string[] {
  const version = at(tree, 'version');
  return version
    ? [
        ...warnings,
        `${version.place.file}: the attribute \`version\` is obsolete, it will be ignored, please remove it to avoid potential confusion`,
      ]
    : warnings;
}

import { checkProject } from '../model/check-project.ts';
import { normalForm } from '../model/normal-form.ts';
import { readResources } from '../model/resources.ts';
import { readService } from '../model/service.ts';
import type { Project } from '../model/types.ts';
import { problemAt } from './compose-error.ts';
import type { LoadOptions } from './load-options.ts';
import { locateProject, type ProjectLocation } from './locate-project.ts';
import { dropResets } from './merge.ts';
import { parseYaml } from './parse-yaml.ts';
import { locateFrom } from './paths.ts';
import { splitByProfile } from './profiles.ts';
import { readText } from './project-environment.ts';
import { projectName } from './project-name.ts';
import { readFiles } from './read-file.ts';
import { type Reading, scopeAt } from './scope.ts';
import { at, entriesOf, type MapTree, type Tree } from './tree.ts';
import { dropDuplicates } from './unique.ts';
import { resolve } from 'node:path';

/**
 * Reads a project: text → YAML with places → interpolated → validated → long forms → extended → included → merged → what is implied
 * filled in → model. Throws ComposeError with `file:line:column` of everything that is wrong in the phase that failed.
 */
export function loadProject(options: LoadOptions): Project {
  const warnings = new Set<string>();
  const warn = (message: string): void => void warnings.add(message);
  const location = locateProject(options, warn);
  const documentsOf = readOnce();
  const name = projectName(
    location.files.flatMap(documentsOf),
    options,
    location.environment,
    location.workingDir,
  );
  const environment = { ...location.environment, COMPOSE_PROJECT_NAME: name };
  const reading: Reading = {
    workingDir: location.workingDir,
    skip: options.skip ?? new Set(),
    warn,
    documentsOf,
    copyOf: () => undefined,
  };
  const scope = { folder: location.workingDir, locate: locateFrom(''), environment, including: [], reading };
  const merged = readFiles(location.files, scopeAt(location.workingDir, scope));
  const tree = normalForm(dropDuplicates(dropResets(merged) as MapTree), {
    name,
    environment,
    workingDir: location.workingDir,
  });
  const project = toProject(tree, name, { ...location, environment }, options);
  checkProject(project);
  return { ...project, warnings: [...warnings] };
}

function readOnce(): (path: string) => readonly Tree[] {
  const known = new Map<string, readonly Tree[]>();
  return (path) => {
    const documents = known.get(path) ?? parseYaml(path === '-' ? '(stdin)' : path, readText(path));
    known.set(path, documents);
    return documents;
  };
}

function toProject(
  tree: MapTree,
  name: string,
  { files, workingDir, environment }: ProjectLocation,
  options: LoadOptions,
): Project {
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
  return {
    name,
    workingDir,
    files,
    envFiles: (options.envFiles ?? []).map((file) => resolve(options.cwd, file)),
    services,
    disabled,
    ...readResources(tree, name, [...services.values()]),
    environment,
    warnings: [],
    tree,
  };
}

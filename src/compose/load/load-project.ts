import { existsSync, readFileSync } from '../../lib/fs.ts';
import { basename, dirname, join, resolve } from 'node:path';
import { EngineError, hasCode, invalid, messageOf } from '../../lib/errors.ts';
import { checkProject } from '../model/check-project.ts';
import { readResources } from '../model/resources.ts';
import { readService } from '../model/service.ts';
import type { Project, Service } from '../model/types.ts';
import { canonicalFile } from './canonical.ts';
import { problemAt } from './compose-error.ts';
import { parseDotenv } from './dotenv.ts';
import { resolveExtends } from './extends.ts';
import { findFiles } from './find-files.ts';
import { interpolateTree } from './interpolate.ts';
import { dropResets, mergeFiles } from './merge.ts';
import { parseYaml } from './parse-yaml.ts';
import { at, entriesOf, type MapTree, mapTree, type Tree } from './tree.ts';
import { validateFile } from './validate.ts';

export interface LoadOptions {
  readonly files: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly projectName?: string;
  readonly projectDirectory?: string;
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
  /** Services named on the command line: their profiles count as chosen. */
  readonly named?: readonly string[];
}

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

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new EngineError(
      'not-found',
      `open ${path}: ${hasCode(error, 'ENOENT') ? 'no such file or directory' : messageOf(error)}`,
      { cause: error },
    );
  }
}

function readOther(
  path: string,
  from: Tree['place'],
  read: (path: string, baseDir: string) => MapTree,
): MapTree {
  if (!existsSync(path)) throw problemAt(from, `file ${path} not found`);
  return read(path, dirname(path));
}

/** Included files come before the file that includes them. */
function withIncludes(
  tree: MapTree,
  baseDir: string,
  read: (path: string, baseDir: string) => MapTree,
): MapTree[] {
  const includes = at(tree, 'include');
  if (includes?.kind !== 'list') return [tree];
  const included = includes.items.flatMap((item) => {
    const path = item.kind === 'map' ? at(item, 'path') : item;
    const paths = path?.kind === 'list' ? path.items : path ? [path] : [];
    return paths.flatMap((one) => {
      const file = resolve(baseDir, one.kind === 'scalar' ? String(one.value) : '');
      return withIncludes(readOther(file, one.place, read), dirname(file), read);
    });
  });
  return [...included, tree];
}

/** The shell's variables over those of the env files. */
function projectEnvironment(options: LoadOptions, workingDir: string): Record<string, string> {
  const shell = Object.fromEntries(
    Object.entries(options.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const given = options.envFiles ?? [];
  const files =
    given.length > 0
      ? given.map((file) => resolve(options.cwd, file))
      : [join(workingDir, '.env')].filter((file) => existsSync(file));
  const values = files.reduce<Record<string, string>>(
    (before, file) => ({ ...before, ...parseDotenv(file, readText(file), shell) }),
    {},
  );
  return { ...values, ...shell };
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
    services,
    disabled,
    ...readResources(tree, name, [...services.values()]),
    environment,
    warnings: obsoleteVersion(tree, warnings),
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

function splitByProfile(
  all: ReadonlyMap<string, Service>,
  options: LoadOptions,
  environment: Readonly<Record<string, string>>,
): { services: Map<string, Service>; disabled: Map<string, Service> } {
  const active = new Set([
    ...(options.profiles ?? []),
    ...(environment['COMPOSE_PROFILES']?.split(',').filter((profile) => profile !== '') ?? []),
  ]);
  const named = new Set(options.named ?? []);
  for (const name of named) all.get(name)?.profiles.forEach((profile) => active.add(profile));
  const isOn = (service: Service): boolean =>
    service.profiles.length === 0 ||
    active.has('*') ||
    named.has(service.name) ||
    service.profiles.some((profile) => active.has(profile));
  return {
    services: new Map([...all].filter(([, service]) => isOn(service))),
    disabled: new Map([...all].filter(([, service]) => !isOn(service))),
  };
}

function projectName(
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

import { checkProject } from '../model/check-project.ts';
import { checkResources } from '../model/check-resources.ts';
import { notesOn } from '../model/notes.ts';
import { normalForm, withDefaults } from '../model/normal-form.ts';
import { readResources } from '../model/resources.ts';
import { readEnvironment } from '../model/read-environment.ts';
import { readService } from '../model/service.ts';
import type { Project, Service } from '../model/types.ts';
import type { Environment } from './interpolate.ts';
import { forAll, formatPlace, type Note, problemAt } from './compose-error.ts';
import type { DotenvOptions } from './dotenv.ts';
import type { LoadOptions } from './load-options.ts';
import { noOrigins, type Origins } from './origins.ts';
import { locateProject, type ProjectLocation } from './locate-project.ts';
import { dropResets } from './merge.ts';
import { parseYaml } from './parse-yaml.ts';
import { locateFrom } from './paths.ts';
import { chooseServices } from './profiles.ts';
import { readBytes } from './project-environment.ts';
import { projectName } from './project-name.ts';
import { readFiles } from './read-file.ts';
import { copyFrom } from './remote-reference.ts';
import { type Reading, scopeAt } from './scope.ts';
import { at, entriesOf, type MapTree, type Tree } from './tree.ts';
import { dropDuplicates } from './unique.ts';
import { unsetNote, unsetWarning } from './unset-note.ts';
import { yamlText } from './yaml-text.ts';
import { resolve } from 'node:path';

/** The files of a project as one, and what was found out on the way. */
export interface LoadedFiles extends ProjectLocation {
  readonly name: string;
  /** Merged, in long form and with what is implied filled in. */
  readonly tree: MapTree;
  readonly warnings: readonly string[];
  /** What Compose itself is silent about, with its place. */
  readonly notes: readonly Note[];
  readonly origins: Origins;
}

/**
 * Reads the files of a project: text → YAML with places → interpolated → validated → long forms → extended → included → merged → what
 * is implied filled in. Throws ComposeError with `file:line:column` of everything that is wrong in the phase that failed.
 */
export function loadFiles(options: LoadOptions): LoadedFiles {
  const warnings = new Set<string>();
  const warn = (message: string): void => void warnings.add(message);
  const notes = new Map<string, Note>();
  const note = (one: Note): void => void notes.set(keyOf(one), one);
  const origins = noOrigins();
  const location = locateProject(options, { warn, note, origins });
  const { files, workingDir, namingDir } = location;
  const documentsOf = readOnce();
  const name = projectName(files.flatMap(documentsOf), options, location.environment, namingDir);
  const environment = { ...location.environment, COMPOSE_PROJECT_NAME: name };
  const skip = options.skip ?? new Set();
  const reading: Reading = {
    workingDir,
    skip,
    warn,
    note,
    origins,
    documentsOf,
    copyOf: copyFrom(options.copies),
  };
  const scope = scopeAt(workingDir, {
    folder: workingDir,
    locate: locateFrom(''),
    environment,
    including: [],
    reading,
  });
  const merged = readFiles(files, scope);
  if (merged.entries.size === 0) throw problemAt(merged.place, 'empty compose file');
  const whole = dropDuplicates(dropResets(merged, origins.removed));
  checkResources(whole);
  const buildable = withDefaults(whole, scope.locate('.'));
  const tree = skip.has('normalize') ? buildable : normalForm(buildable, { name, environment });
  return {
    files,
    workingDir,
    namingDir,
    environment,
    name,
    tree,
    warnings: [...warnings],
    notes: [...notes.values()],
    origins,
  };
}

/** Reads a project: its files, then the model of what they say. Throws ComposeError. */
export function loadProject(options: LoadOptions): Project {
  const loaded = loadFiles(options);
  const project = toProject(loaded, options);
  if (!options.skip?.has('check')) checkProject(project);
  return { ...project, notes: [...project.notes, ...notesOn(project)] };
}

/** The same is told once. */
const keyOf = ({ place, message }: Note): string => `${formatPlace(place)} ${message}`;

function parse(path: string): Tree[] {
  const file = path === '-' ? '(stdin)' : path;
  return parseYaml(file, yamlText(file, readBytes(path)));
}

function readOnce(): (path: string) => readonly Tree[] {
  const known = new Map<string, readonly Tree[]>();
  return (path) => {
    const documents = known.get(path) ?? parse(path);
    known.set(path, documents);
    return documents;
  };
}

function toProject(loaded: LoadedFiles, options: LoadOptions): Project {
  const { tree, name, environment } = loaded;
  const trees = new Map(
    forAll(entriesOf(at(tree, 'services')), ([key, { keyPlace, value }]) => {
      if (!/^[a-zA-Z0-9._-]+$/.test(key))
        throw problemAt(
          keyPlace,
          `service name ${JSON.stringify(key)} may have letters, digits, '.', '_' and '-' only`,
        );
      if (value.kind !== 'map') throw problemAt(keyPlace, `service ${JSON.stringify(key)} must be a mapping`);
      return [key, { ...value, place: keyPlace }] as const;
    }),
  );
  const all = new Map(
    forAll(trees, ([key, service]) => [key, readService(key, service, environment)] as const),
  );
  const { services, disabled, wanted } = chooseServices(all, options, environment);
  const warnings = new Set(loaded.warnings);
  const notes = new Map(loaded.notes.map((note) => [keyOf(note), note]));
  return {
    ...loaded,
    envFiles: (options.envFiles ?? []).map((file) => resolve(options.cwd, file)),
    services: options.skip?.has('resolve-environment')
      ? services
      : withEnvironments(services, wanted, trees, environment, (name, where) => {
          warnings.add(unsetWarning(name));
          const note = unsetNote(name, { place: tree.place, ...where }, environment);
          notes.set(keyOf(note), note);
        }),
    warnings: [...warnings],
    notes: [...notes.values()],
    disabled,
    ...readResources(tree, name, [...services.values()]),
  };
}

/** Env files of services that nobody wants need not be there. */
function withEnvironments(
  services: ReadonlyMap<string, Service>,
  wanted: ReadonlySet<string>,
  trees: ReadonlyMap<string, MapTree>,
  environment: Environment,
  onUnset: NonNullable<DotenvOptions['onUnset']>,
): Map<string, Service> {
  return new Map(
    forAll(services, ([name, service]) => {
      const tree = trees.get(name);
      return tree && wanted.has(name)
        ? [name, { ...service, environment: readEnvironment(tree, environment, onUnset) }]
        : [name, service];
    }),
  );
}

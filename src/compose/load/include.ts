import { isDeepStrictEqual } from 'node:util';
import { dirname } from 'node:path';
import { existsSync, statSync } from '../../lib/fs.ts';
import { withDefaults } from '../model/normal-form.ts';
import { problemAt } from './compose-error.ts';
import type { Environment } from './interpolate.ts';
import { dropResets } from './merge.ts';
import { locateFrom } from './paths.ts';
import { standardEnvFile, withEnvFiles } from './project-environment.ts';
import { type Scope, scopeAt } from './scope.ts';
import { asList, changeAt, changeKeys, eachEntry, textOf } from './tree-forms.ts';
import { at, type MapTree, mapTree, toJson, type Tree, withEntry, withoutKeys } from './tree.ts';
import { dropDuplicates } from './unique.ts';

const sections = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models'];

/** Reads files to one in long form, each laid over those before it. */
type ReadFiles = (paths: readonly string[], scope: Scope) => MapTree;

/** A file with what it includes. `path` is its own, to know when it includes itself. */
export function withIncludes(file: MapTree, scope: Scope, path: string, readFiles: ReadFiles): MapTree {
  const includes = at(file, 'include');
  const inner = { ...scope, including: [...scope.including, path] };
  return (includes ? asList(includes).items : []).reduce<MapTree>(
    (tree, item) => importFrom(tree, readInclude(item, inner, readFiles)),
    withoutKeys(file, 'include'),
  );
}

/** The files of one `include`: a project of their own, with its own folder and variables. */
function readInclude(item: Tree, scope: Scope, readFiles: ReadFiles): MapTree {
  const locate = locateFrom(scope.folder);
  const paths = asList(item.kind === 'map' ? (at(item, 'path') ?? item) : item).items.map((one) => {
    const path = scope.reading.copyOf(textOf(one), one.place) ?? locate(textOf(one));
    if (!existsSync(path)) throw problemAt(one.place, `file ${path} not found`);
    scope.reading.origins.files.set(path, 'include');
    return path;
  });
  const [main] = paths;
  if (main === undefined) throw problemAt(item.place, 'an include needs the path of a file');
  if (scope.including.includes(main))
    throw problemAt(item.place, `include cycle detected: ${[...scope.including, main].join(' includes ')}`);
  const given = at(item, 'project_directory');
  const folder = given ? locate(textOf(given)) : dirname(main);
  const environment = withEnvFiles(scope.environment, includeEnvFiles(item, folder, scope), scope.reading);
  const own = { ...scopeAt(folder, scope, '.'), environment };
  const whole = dropDuplicates(dropResets(readFiles(paths, own), scope.reading.origins.removed));
  return withVariables(withDefaults(whole, own.locate('.')), environment, scope.environment);
}

/** Configs and secrets that are variables have the values of the file that declares them. */
function withVariables(tree: MapTree, own: Environment, outer: Environment): MapTree {
  const resolved = (name: Tree): Tree => {
    const value = own[textOf(name)];
    return name.kind === 'scalar' && value !== undefined && value !== outer[textOf(name)]
      ? { ...name, variable: value }
      : name;
  };
  const section = (files: Tree): Tree => eachEntry(files, (file) => changeAt(file, 'environment', resolved));
  return changeKeys(tree, { configs: section, secrets: section }) as MapTree;
}

function includeEnvFiles(item: Tree, folder: string, scope: Scope): string[] {
  const given = at(item, 'env_file');
  if (!given) return standardEnvFile(folder);
  return asList(given).items.map((one) => {
    const path = locateFrom(scope.folder)(textOf(one));
    if (!existsSync(path)) throw problemAt(one.place, `env file ${path} not found`);
    if (statSync(path).isDirectory()) throw problemAt(one.place, `${path} is not a file`);
    return path;
  });
}

/** What an included file declares becomes the including one's; the same name may stand for the same thing only. */
function importFrom(tree: MapTree, included: MapTree): MapTree {
  return sections.reduce((result, section) => {
    const imported = at(included, section);
    if (imported?.kind !== 'map') return result;
    const own = at(result, section);
    const entries = new Map(own?.kind === 'map' ? own.entries : []);
    for (const [name, entry] of imported.entries) {
      const before = entries.get(name);
      if (before && !isDeepStrictEqual(toJson(before.value), toJson(entry.value)))
        throw problemAt(
          before.keyPlace,
          `${section}.${name} conflicts with imported resource: ${entry.keyPlace.file} has one of this name, lay another file over it with -f to change it`,
        );
      entries.set(name, entry);
    }
    return withEntry(result, section, { ...(own ?? imported), ...mapTree(imported.place, entries) });
  }, tree);
}

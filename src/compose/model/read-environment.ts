import { hasCode, messageOf } from '../../lib/errors.ts';
import { readFileSync } from '../../lib/fs.ts';
import { problemAt } from '../load/compose-error.ts';
import { parseDotenv } from '../load/dotenv.ts';
import type { Environment } from '../load/interpolate.ts';
import type { MapTree, Tree } from '../load/tree.ts';
import { boolAt, dictAt, itemsAt, textAt } from './read.ts';

/** Files in their order, then the service's own; what has no value takes that of the shell, or is left out. */
export function readEnvironment(tree: MapTree, outer: Environment): Record<string, string> {
  const own = readValues(tree, outer);
  const fromFiles = itemsAt(tree, 'env_file').reduce<Record<string, string>>(
    (values, item) => ({ ...values, ...readEnvFile(item, { ...own, ...outer }) }),
    {},
  );
  return { ...fromFiles, ...own };
}

/** `environment` alone. */
export const readValues = (tree: Tree, outer: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(dictAt(tree, 'environment')).flatMap(([name, value]) => {
      const resolved = value ?? outer[name];
      return resolved === undefined ? [] : [[name, resolved] as const];
    }),
  );

function readEnvFile(item: Tree, outer: Environment): Record<string, string> {
  const path = textAt(item, 'path') ?? '';
  const text = readText(path, item.place, boolAt(item, 'required') ?? true, 'env file');
  if (text === undefined) return {};
  return textAt(item, 'format') === 'raw' ? rawEnv(text) : parseDotenv(path, text, outer);
}

const rawEnv = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(/\r?\n/)
      .filter((line) => /^[^#=\s][^=]*=/.test(line))
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );

/** Labels of the files in their order. */
export function readLabelFiles(tree: MapTree): Record<string, string> {
  return itemsAt(tree, 'label_file').reduce<Record<string, string>>((labels, item) => {
    const path = item.kind === 'scalar' ? String(item.value) : '';
    return { ...labels, ...parseDotenv(path, readText(path, item.place, true, 'label file') ?? '') };
  }, {});
}

function readText(path: string, place: Tree['place'], required: boolean, what: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') && !required) return undefined;
    throw problemAt(
      place,
      `${what} ${path} ${hasCode(error, 'ENOENT') ? 'not found' : `can not be read: ${messageOf(error)}`}`,
    );
  }
}

import { hasCode, messageOf } from '../../lib/errors.ts';
import { readFileSync } from '../../lib/fs.ts';
import { problemAt } from '../load/compose-error.ts';
import { type DotenvOptions, parseDotenv } from '../load/dotenv.ts';
import type { Environment } from '../load/interpolate.ts';
import { parseRawEnv } from '../load/raw-env.ts';
import { at, type MapTree, type Tree } from '../load/tree.ts';
import { boolAt, dictAt, itemsAt, textAt } from './read.ts';

/** Told of each variable in an env file that is not set. */
type OnUnset = NonNullable<DotenvOptions['onUnset']>;

/** Files in their order, then the service's own; what has no value takes that of the shell, or is left out, whatever files say. */
export function readEnvironment(
  tree: MapTree,
  outer: Environment,
  onUnset?: OnUnset,
): Record<string, string> {
  const own = readValues(tree, outer);
  const all = itemsAt(tree, 'env_file').reduce<Record<string, string>>(
    (known, item) => readEnvFile(item, { ...own, ...outer }, known, onUnset),
    own,
  );
  const left = (name: string): boolean => name in own || !(name in dictAt(tree, 'environment'));
  return Object.fromEntries(Object.entries({ ...all, ...own }).filter(([name]) => left(name)));
}

/** `environment` alone. */
export const readValues = (tree: Tree, outer: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(dictAt(tree, 'environment')).flatMap(([name, value]) => {
      const resolved = value ?? outer[name];
      return resolved === undefined ? [] : [[name, resolved] as const];
    }),
  );

/** Names of `environment` that nothing gives a value: what the image says of them does not count. */
export const readUnset = (tree: Tree, outer: Environment): string[] =>
  Object.entries(dictAt(tree, 'environment')).flatMap(([name, value]) =>
    (value ?? outer[name]) === undefined ? [name] : [],
  );

/** What is known, and what a file adds. */
function readEnvFile(
  item: Tree,
  outer: Environment,
  known: Environment,
  onUnset: OnUnset | undefined,
): Record<string, string> {
  const path = textAt(item, 'path') ?? '';
  const text = readText(path, item.place, boolAt(item, 'required') ?? true, 'env file');
  if (text === undefined) return { ...known };
  const format = textAt(item, 'format') ?? '';
  switch (format) {
    case '':
    case '.env':
      return parseDotenv(path, text, { outer, known, ...(onUnset && { onUnset }) });
    case 'raw':
      return { ...known, ...parseRawEnv(path, text, outer) };
    default:
      throw problemAt(
        at(item, 'format')?.place ?? item.place,
        `unsupported env_file format ${JSON.stringify(format)}: leave it out, or say raw`,
      );
  }
}

/** Labels of the files in their order. */
export const readLabelFiles = (tree: MapTree): Record<string, string> =>
  itemsAt(tree, 'label_file').reduce<Record<string, string>>((known, item) => {
    const path = item.kind === 'scalar' ? String(item.value) : '';
    return parseDotenv(path, readText(path, item.place, true, 'label file') ?? '', { known });
  }, {});

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

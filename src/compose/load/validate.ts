import { advise } from './advise.ts';
import { readAs, scalarProblem, where } from './check-scalar.ts';
import { ComposeError, type Problem } from './compose-error.ts';
import { fileShapeRoot } from './schema.ts';
import { nameOf, type Shape } from './shape.ts';
import type { Reading } from './scope.ts';
import type { MapTree, Tree } from './tree.ts';

/** What holding a file against the schema brings to light. */
interface Found extends Told {
  readonly problems: Problem[];
  /** Another file may have what is not here. */
  readonly isPart: boolean;
}

/** Who is told of what is not wrong: of what is old, and of what may not be meant; and whether variables are still in the file. */
type Told = Pick<Reading, 'warn' | 'note' | 'skip'>;

/** Holds a file against the schema and throws ComposeError with everything that is wrong. */
export function validateFile(tree: Tree, { warn, note, skip }: Told, isPart = false): MapTree {
  const problems: Problem[] = [];
  const found: Found = { problems, isPart, warn, note, skip };
  if (tree.kind !== 'map')
    throw new ComposeError([{ place: tree.place, message: 'Top-level object must be a mapping' }]);
  check(tree, fileShapeRoot, [], found);
  if (problems.length > 0) throw new ComposeError(problems);
  return tree;
}

function check(tree: Tree, shape: Shape, path: readonly string[], found: Found): void {
  if (tree.tag === 'reset') return;
  const fail = (message: string): void => void found.problems.push({ place: tree.place, message });
  switch (shape.is) {
    case 'any':
      return;
    case 'one-of':
      return checkOneOf(tree, shape.shapes, path, found);
    case 'list':
      if (tree.kind !== 'list') return fail(`${where(path)} must be a list${listHint(tree)}`);
      tree.items.forEach((item, index) => check(item, shape.of, [...path, String(index)], found));
      return;
    case 'dict':
      if (tree.kind !== 'map') return fail(`${where(path)} must be a mapping${hint(path)}`);
      for (const [key, { keyPlace, value }] of tree.entries) {
        if (isExtension(key, path)) continue;
        if (shape.names && !/^[a-zA-Z0-9._-]+$/.test(key))
          found.problems.push({
            place: keyPlace,
            message: `${where(path)} additional properties '${key}' not allowed (a name has letters, digits, '.', '_' and '-' only)`,
          });
        check(value, shape.of, [...path, key], found);
      }
      return;
    case 'object':
      if (tree.kind !== 'map') return fail(`${where(path)} must be a mapping${colonHint(tree)}`);
      return checkObject(tree, shape.keys, shape.required ?? [], path, found);
    default: {
      if (found.skip.has('interpolate') && hasVariable(tree)) return;
      if (shape.is === 'bool') warnOfOldFlag(tree, found);
      if (shape.is === 'scalar') warnOfOtherNumber(tree, path, found);
      const wrong = scalarProblem(tree, shape, path);
      if (wrong !== undefined) fail(wrong);
    }
  }
}

const hasVariable = (tree: Tree): boolean =>
  tree.kind === 'scalar' && typeof tree.value === 'string' && tree.value.includes('$');

const isExtension = (key: string, path: readonly string[]): boolean =>
  key.startsWith('x-') && path.length <= 1;

/** Words of YAML 1.1 that are text in YAML 1.2. */
function warnOfOldFlag(tree: Tree, { warn }: Found): void {
  const word = tree.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : '';
  if (/^(y|yes|on|n|no|off)$/i.test(word))
    warn(
      `${JSON.stringify(word)} for boolean is not supported by YAML 1.2, please use \`${/^[yo]/i.test(word) && word.toLowerCase() !== 'off'}\``,
    );
}

/** Numbers that are not to the program what they are in the file. */
function warnOfOtherNumber(tree: Tree, path: readonly string[], { note }: Found): void {
  const read = tree.kind === 'scalar' && typeof tree.value === 'number' ? readAs(tree) : undefined;
  if (tree.kind === 'scalar' && read !== undefined)
    note({
      place: tree.place,
      message: `${where(path)}: YAML reads ${tree.source} as ${read}, put it in quotes to keep it`,
    });
}

function checkOneOf(tree: Tree, shapes: readonly Shape[], path: readonly string[], found: Found): void {
  const fitting = shapes.filter((shape) => kindsOf(shape).includes(kindOf(tree)));
  if (fitting.length === 0) {
    found.problems.push({
      place: tree.place,
      message: `${where(path)} must be ${nameOf({ is: 'one-of', shapes })}${shapes.some(({ is }) => is === 'list') ? listHint(tree) : ''}`,
    });
    return;
  }
  const isFlag = !shapes.some(({ is }) => is === 'text');
  const warn = isFlag ? found.warn : () => {};
  const tries = fitting.map((shape) => {
    const problems: Problem[] = [];
    check(tree, shape, path, { ...found, problems, warn });
    return problems;
  });
  const best = tries.toSorted((a, b) => a.length - b.length)[0] ?? [];
  found.problems.push(...best);
}

type Kind = 'scalar' | 'list' | 'map' | 'null';

const kindOf = (tree: Tree): Kind => (tree.kind === 'scalar' && tree.value === null ? 'null' : tree.kind);

function kindsOf(shape: Shape): readonly Kind[] {
  switch (shape.is) {
    case 'list':
      return ['list'];
    case 'dict':
    case 'object':
      return ['map'];
    case 'nothing':
      return ['null'];
    case 'any':
      return ['scalar', 'list', 'map', 'null'];
    case 'scalar':
      return ['scalar', 'null'];
    case 'one-of':
      return shape.shapes.flatMap(kindsOf);
    default:
      return ['scalar'];
  }
}

function checkObject(
  tree: MapTree,
  keys: Readonly<Record<string, Shape>>,
  required: readonly string[],
  path: readonly string[],
  found: Found,
): void {
  const meant = new Set<string>();
  for (const [key, { keyPlace, value }] of tree.entries) {
    if (key.startsWith('x-')) continue;
    const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (shape) check(value, shape, [...path, key], found);
    else {
      const advice = advise(key, keys, path);
      if (advice.meant !== undefined) meant.add(advice.meant);
      found.problems.push({
        place: keyPlace,
        message: `${where(path)} additional properties '${key}' not allowed${advice.text}`,
      });
    }
  }
  const isWhole = !found.isPart || path.some((part) => /^\d+$/.test(part));
  for (const key of isWhole ? required : []) {
    if (!tree.entries.has(key) && !meant.has(key))
      found.problems.push({ place: tree.place, message: `${where(path)} missing property '${key}'` });
  }
}

/** How one value is written as a list. */
const listHint = (tree: Tree): string =>
  tree.kind === 'scalar' && tree.value !== null && tree.source.length < 40
    ? `: [${tree.quoted ? JSON.stringify(tree.value) : tree.source}]`
    : '';

/** `image:busybox` is a text to YAML. */
const colonHint = (tree: Tree): string =>
  tree.kind === 'scalar' && !tree.quoted && /^[a-z_]+:\S/.test(tree.source)
    ? ': put a blank behind the colon'
    : '';

const hint = (path: readonly string[]): string =>
  path.length === 1 && path[0] === 'services' ? ': name: {image: …}' : '';

import { advise } from './advise.ts';
import { scalarProblem, where } from './check-scalar.ts';
import { ComposeError, type Problem } from './compose-error.ts';
import { fileShapeRoot } from './schema.ts';
import { nameOf, type Shape } from './shape.ts';
import type { MapTree, Tree } from './tree.ts';

/** What holding a file against the schema brings to light. */
interface Found {
  readonly problems: Problem[];
  /** Another file may have what is not here. */
  readonly isPart: boolean;
  readonly warn: (message: string) => void;
}

/** Holds a file against the schema and throws ComposeError with everything that is wrong; `warn` is told of what is only old. */
export function validateFile(tree: Tree, warn: (message: string) => void, isPart = false): MapTree {
  const problems: Problem[] = [];
  const found: Found = { problems, isPart, warn };
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
      if (tree.kind !== 'list') return fail(`${where(path)} must be a list`);
      tree.items.forEach((item, index) => check(item, shape.of, [...path, String(index)], found));
      return;
    case 'dict':
      if (tree.kind !== 'map') return fail(`${where(path)} must be a mapping${hint(path)}`);
      for (const [key, { value }] of tree.entries)
        if (!isExtension(key, path)) check(value, shape.of, [...path, key], found);
      return;
    case 'object':
      if (tree.kind !== 'map') return fail(`${where(path)} must be a mapping`);
      return checkObject(tree, shape.keys, shape.required ?? [], path, found);
    default: {
      if (shape.is === 'bool') warnOfOldFlag(tree, found);
      const wrong = scalarProblem(tree, shape, path);
      if (wrong !== undefined) fail(wrong);
    }
  }
}

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

function checkOneOf(tree: Tree, shapes: readonly Shape[], path: readonly string[], found: Found): void {
  const fitting = shapes.filter((shape) => kindsOf(shape).includes(kindOf(tree)));
  if (fitting.length === 0) {
    found.problems.push({
      place: tree.place,
      message: `${where(path)} must be ${[...new Set(shapes.map(nameOf))].join(' or ')}`,
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
  for (const [key, { keyPlace, value }] of tree.entries) {
    if (key.startsWith('x-')) continue;
    const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (shape) check(value, shape, [...path, key], found);
    else
      found.problems.push({
        place: keyPlace,
        message: `${where(path)} additional properties '${key}' not allowed${advise(key, keys, path)}`,
      });
  }
  const isWhole = !found.isPart || path.some((part) => /^\d+$/.test(part));
  for (const key of isWhole ? required : []) {
    if (!tree.entries.has(key))
      found.problems.push({ place: tree.place, message: `${where(path)} missing property '${key}'` });
  }
}

const hint = (path: readonly string[]): string =>
  path.length === 1 && path[0] === 'services' ? ': name: {image: …}' : '';

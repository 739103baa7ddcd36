import { parseBytes } from '../../lib/bytes.ts';
import { nearest } from '../../lib/suggest.ts';
import { parseComposeDuration } from '../model/duration.ts';
import { ComposeError, type Problem } from './compose-error.ts';
import { fileShapeRoot, serviceShape, type Shape } from './schema.ts';
import type { MapTree, Tree } from './tree.ts';

/** Holds a file against the schema and throws ComposeError with everything that is wrong. */
export function validateFile(tree: Tree): MapTree {
  const problems: Problem[] = [];
  if (tree.kind !== 'map')
    throw new ComposeError([{ place: tree.place, message: 'Top-level object must be a mapping' }]);
  check(tree, fileShapeRoot, [], problems);
  if (problems.length > 0) throw new ComposeError(problems);
  return tree;
}

function check(tree: Tree, shape: Shape, path: readonly string[], problems: Problem[]): void {
  if (tree.tag === 'reset') return;
  const fail = (message: string): void => void problems.push({ place: tree.place, message });
  switch (shape.is) {
    case 'any':
      return;
    case 'one-of':
      return checkOneOf(tree, shape.shapes, path, problems);
    case 'list':
      if (tree.kind !== 'list') return fail(`${where(path)} must be a list`);
      tree.items.forEach((item, index) => check(item, shape.of, [...path, String(index)], problems));
      return;
    case 'dict':
      if (tree.kind !== 'map') return fail(`${where(path)} must be a mapping${hint(path)}`);
      for (const [key, { value }] of tree.entries)
        if (!isExtension(key, path)) check(value, shape.of, [...path, key], problems);
      return;
    case 'object':
      if (tree.kind !== 'map') return fail(`${where(path)} must be a mapping`);
      return checkObject(tree, shape.keys, shape.required ?? [], path, problems);
    default: {
      const wrong = scalarProblem(tree, shape, path);
      if (wrong !== undefined) fail(wrong);
    }
  }
}

const isExtension = (key: string, path: readonly string[]): boolean =>
  key.startsWith('x-') && path.length <= 1;

function checkOneOf(
  tree: Tree,
  shapes: readonly Shape[],
  path: readonly string[],
  problems: Problem[],
): void {
  const fitting = shapes.filter((shape) => kindsOf(shape).includes(kindOf(tree)));
  if (fitting.length === 0) {
    problems.push({
      place: tree.place,
      message: `${where(path)} must be ${[...new Set(shapes.map(nameOf))].join(' or ')}`,
    });
    return;
  }
  const tries = fitting.map((shape) => {
    const found: Problem[] = [];
    check(tree, shape, path, found);
    return found;
  });
  const best = tries.toSorted((a, b) => a.length - b.length)[0] ?? [];
  problems.push(...best);
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

const names: Readonly<Record<Shape['is'], string>> = {
  text: 'a string',
  number: 'a number',
  bool: 'true or false',
  any: 'anything',
  duration: 'a duration',
  bytes: 'a size',
  list: 'a list',
  dict: 'a mapping',
  object: 'a mapping',
  'one-of': 'one of several',
  nothing: 'empty',
};
const nameOf = (shape: Shape): string =>
  shape.is === 'one-of' ? shape.shapes.map(nameOf).join(' or ') : names[shape.is];

function checkObject(
  tree: MapTree,
  keys: Readonly<Record<string, Shape>>,
  required: readonly string[],
  path: readonly string[],
  problems: Problem[],
): void {
  for (const [key, { keyPlace, value }] of tree.entries) {
    if (key.startsWith('x-')) continue;
    const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (shape) check(value, shape, [...path, key], problems);
    else
      problems.push({
        place: keyPlace,
        message: `${where(path)} additional properties '${key}' not allowed${advice(key, keys, path)}`,
      });
  }
  for (const key of required) {
    if (!tree.entries.has(key))
      problems.push({ place: tree.place, message: `${where(path)} missing property '${key}'` });
  }
}

/** What the author probably meant by a key that is not known here. */
function advice(key: string, keys: Readonly<Record<string, Shape>>, path: readonly string[]): string {
  const root = fileShapeRoot.is === 'object' ? fileShapeRoot.keys : {};
  const service = serviceShape.is === 'object' ? serviceShape.keys : {};
  if (path[0] === 'services' && path.length > 2 && Object.hasOwn(service, key))
    return ` (it belongs to the service: move it up to the level of '${path[2]}')`;
  if (path.length > 0 && Object.hasOwn(root, key)) return ` (it belongs to the top level: indent it less)`;
  if (path.length === 0 && Object.hasOwn(service, key))
    return ` (it belongs to a service: indent it under services.<name>)`;
  const near = nearest(key, Object.keys(keys));
  if (near !== undefined) return ` (did you mean '${near}'?)`;
  if (path.length === 0) return ` (a service? indent it under 'services:')`;
  return '';
}

function scalarProblem(tree: Tree, shape: Shape, path: readonly string[]): string | undefined {
  if (tree.kind !== 'scalar' || (tree.value === null && shape.is !== 'nothing'))
    return `${where(path)} must be ${nameOf(shape)}`;
  const { value } = tree;
  switch (shape.is) {
    case 'text':
      return textProblem(tree, path);
    case 'number':
      return typeof value === 'number' || (typeof value === 'string' && /^[+-]?\d+(\.\d+)?$/.test(value))
        ? undefined
        : `${where(path)} must be a number`;
    case 'bool':
      return typeof value === 'boolean' || /^(true|false|yes|no|on|off|y|n|1|0)$/i.test(String(value))
        ? undefined
        : `${where(path)} must be true or false`;
    case 'duration':
      return attempt(() => parseComposeDuration(String(value)))
        ? undefined
        : `${where(path)} must be a duration such as 1m30s, not ${JSON.stringify(value)}`;
    case 'bytes':
      return typeof value === 'number' || attempt(() => parseBytes(String(value))) || value === '-1'
        ? undefined
        : `${where(path)} must be a size such as 512m, not ${JSON.stringify(value)}`;
    case 'nothing':
      return value === null ? undefined : `${where(path)} must be empty`;
    default:
      return undefined;
  }
}

/** Text that YAML read as something else: Compose refuses it where the difference is dangerous. */
function textProblem(tree: Extract<Tree, { kind: 'scalar' }>, path: readonly string[]): string | undefined {
  if (typeof tree.value === 'string' || tree.value === null) return undefined;
  const loose =
    ['restart', 'version', 'user', 'image', 'hostname', 'container_name', 'published'].includes(
      path.at(-1) ?? '',
    ) || /^\d+$/.test(path.at(-1) ?? '');
  if (typeof tree.value === 'boolean' && path.at(-1) === 'restart')
    return `${where(path)} must be a string: YAML reads ${tree.source} as ${tree.value}; put it in quotes`;
  return loose ? undefined : `${where(path)} must be a string: put ${tree.source} in quotes`;
}

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

const where = (path: readonly string[]): string => (path.length === 0 ? 'top level:' : path.join('.'));

const hint = (path: readonly string[]): string =>
  path.length === 1 && path[0] === 'services' ? ': name: {image: …}' : '';

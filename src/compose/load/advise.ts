import { nearest } from '../../lib/suggest.ts';
import { fileShapeRoot } from './schema.ts';
import type { Shape } from './shape.ts';

/** What the author probably meant by a key. */
export interface Advice {
  /** In brackets, behind a message; '' when nothing is known. */
  readonly text: string;
  /** The key of this place that it stands for. */
  readonly meant?: string;
}

type Keys = Readonly<Record<string, Shape>>;

/** Words of Docker's flags, of other tools and of habit. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  addr: ['ipv4_address'],
  cmd: ['command'],
  cpu: ['cpus'],
  destination: ['target'],
  dst: ['target'],
  env: ['environment'],
  envs: ['environment'],
  environments: ['environment'],
  environment_file: ['env_file'],
  expose_ports: ['expose'],
  from: ['service'],
  ip: ['ipv4_address'],
  ip6: ['ipv6_address'],
  mac: ['mac_address'],
  mem: ['mem_limit', 'memory'],
  mem_limit: ['memory'],
  memory: ['mem_limit'],
  memory_limit: ['mem_limit', 'memory'],
  mount: ['volumes'],
  mounts: ['volumes'],
  name: ['container_name'],
  net: ['network_mode'],
  port: ['ports', 'target'],
  publish: ['published', 'ports'],
  readonly: ['read_only'],
  ro: ['read_only'],
  src: ['source'],
  workdir: ['working_dir'],
};

/** What the author probably meant by a key that is not known here. `path` is that of the mapping which it stands in. */
export function advise(key: string, keys: Keys, path: readonly string[]): Advice {
  const word = key
    .replace(/[a-z](?=[A-Z])/g, '$&_')
    .toLowerCase()
    .replaceAll('-', '_');
  const here = Object.keys(keys);
  const meant =
    here.find((name) => name === word) ??
    aliases[word]?.find((name) => here.includes(name)) ??
    (above(key, path) === undefined ? nearest(word, here) : undefined);
  if (meant !== undefined) return { text: ` (did you mean '${meant}'?)`, meant };
  const there = above(key, path) ?? below(key, keys, path) ?? elsewhere(key, path);
  if (there !== undefined) return { text: ` (${there})` };
  return { text: path.length === 0 ? ` (a service? indent it under 'services:')` : '' };
}

/** The key is one of a mapping around this one. */
function above(key: string, path: readonly string[]): string | undefined {
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    if (!keysAt(path.slice(0, depth)).some((keys) => Object.hasOwn(keys, key))) continue;
    if (depth === 0) return 'it belongs to the top level: indent it less';
    const outer = depth === 2 && path[0] === 'services' ? 'the service' : path.slice(0, depth).join('.');
    return `it belongs to ${outer}: move it up to the level of '${path[depth]}'`;
  }
  return undefined;
}

/** The key is one of a mapping within this one. */
function below(key: string, keys: Keys, path: readonly string[]): string | undefined {
  const found = find(key, { is: 'object', keys });
  if (found && found.length > 0) return `it belongs into ${pathText([...path, ...found])}`;
  return keys['options']?.is === 'dict' ? `it belongs into ${pathText([...path, 'options'])}` : undefined;
}

/** The key is one of another part of the service, or of the file. */
function elsewhere(key: string, path: readonly string[]): string | undefined {
  const service = path[0] === 'services' && path.length > 2 ? path.slice(0, 2) : undefined;
  const within = service && find(key, shapeAt(service));
  if (service && within) return `it belongs into ${pathText([...service, ...within])}`;
  const found = find(key, fileShapeRoot);
  if (!found) return undefined;
  return path.length === 0 && found[0] === 'services' && found.length === 2
    ? 'it belongs to a service: indent it under services.<name>'
    : `it belongs into ${pathText(found)}`;
}

/** The shortest way to a mapping that has a key; `*` is any name, `[]` an item of a list. */
function find(key: string, start: Shape): readonly string[] | undefined {
  let level: readonly (readonly [path: readonly string[], shape: Shape])[] = [[[], start]];
  for (let depth = 0; depth < 8 && level.length > 0; depth += 1) {
    const flat = level.flatMap(([path, shape]) => options(shape).map((one) => [path, one] as const));
    const hit = flat.find(([, shape]) => shape.is === 'object' && Object.hasOwn(shape.keys, key));
    if (hit) return hit[0];
    level = flat.flatMap(([path, shape]) =>
      children(shape).map(([name, child]) => [[...path, name], child] as const),
    );
  }
  return undefined;
}

const options = (shape: Shape): readonly Shape[] =>
  shape.is === 'one-of' ? shape.shapes.flatMap(options) : [shape];

function children(shape: Shape): readonly (readonly [name: string, shape: Shape])[] {
  if (shape.is === 'object') return Object.entries(shape.keys);
  if (shape.is === 'dict') return [['*', shape.of]];
  return shape.is === 'list' ? [['[]', shape.of]] : [];
}

/** The keys that a mapping at a path of a file may have. */
const keysAt = (path: readonly string[]): readonly Keys[] =>
  options(shapeAt(path)).flatMap((shape) => (shape.is === 'object' ? [shape.keys] : []));

function shapeAt(path: readonly string[]): Shape {
  const step = (shape: Shape, part: string): Shape => {
    const next = options(shape).flatMap((one) =>
      children(one).flatMap(([name, child]) =>
        name === part || name === '*' || (name === '[]' && /^\d+$/.test(part)) ? [child] : [],
      ),
    );
    return { is: 'one-of', shapes: next };
  };
  return path.reduce(step, fileShapeRoot);
}

/** `services.<name>.build`, or an item of it. */
function pathText(path: readonly string[]): string {
  const isItem = path.at(-1) === '[]';
  const text = path
    .filter((part) => part !== '[]')
    .map((part) => (part === '*' ? '<name>' : part))
    .join('.');
  return isItem ? `an item of ${text}` : text;
}

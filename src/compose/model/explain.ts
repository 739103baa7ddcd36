import { readFileSync } from '../../lib/fs.ts';
import { parseDotenv } from '../load/dotenv.ts';
import type { LoadedFiles } from '../load/load-project.ts';
import { at, entriesOf, type MapTree, type Place, toJson, type Tree, withEntry } from '../load/tree.ts';
import { scalarText } from './document-values.ts';
import { variablesIn } from './variables.ts';

/** Where a value is from. */
export interface Origin {
  /** `file` is the first of the project, `override` one laid over it, `implied` what Compose fills in because of a place. */
  readonly kind: 'file' | 'override' | 'include' | 'extends' | 'env-file' | 'shell' | 'default' | 'implied';
  readonly place?: Place;
}

export interface Explained {
  /** `services.web.ports[0].target` */
  readonly path: string;
  /** As JSON: a single value, or a collection that is empty; undefined = it was taken away. */
  readonly value: unknown;
  /** For what was taken away, where `!reset` says so. */
  readonly from: Origin;
  /** Variables in the value as it is written, and where each has its value from. */
  readonly variables: readonly { readonly name: string; readonly from: Origin }[];
  /** What stood there before it was overridden, the latest first. */
  readonly before: readonly { readonly value: unknown; readonly from: Origin }[];
}

/** What a project is explained from. */
export type Explainable = Pick<LoadedFiles, 'tree' | 'files' | 'environment' | 'origins'> & {
  /** Variables of the shell. */
  readonly shell: Readonly<Record<string, string | undefined>>;
};

/** Every single value of a project with its origin, in the order of the files; what was taken away follows its neighbours. */
export function explain(project: Explainable): Explained[] {
  const found = [...leaves(withEnvFiles(project.tree), '', [])].map((leaf) => explained(project, leaf));
  return [...project.origins.removed].reduce((all, [path, tree]) => {
    const one = explained(project, { path, leaf: tree, before: [...history(tree)] });
    return all.toSpliced(endOf(all, path), 0, one);
  }, found);
}

function explained(project: Explainable, { path, leaf, before }: Leaf): Explained {
  return {
    path,
    value: valueOf(leaf),
    from: originOf(project, leaf),
    variables: leaf.tag === 'reset' ? [] : variablesOf(project, path, leaf),
    before: before.map((tree) => ({ value: formerOf(tree), from: originOf(project, tree) })),
  };
}

const valueOf = (tree: Tree): unknown => (tree.tag === 'reset' ? undefined : toJson(tree));

/** What is gone is told as it was written, not as it would have become. */
const formerOf = (tree: Tree): unknown =>
  valueOf(tree.kind !== 'scalar' && tree.written ? tree.written : tree);

/** The index behind the last value that stands beside a path, or nearest above it. */
function endOf(all: readonly Explained[], path: string): number {
  const outer = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const last = all.findLastIndex((one) => one.path === outer || one.path.startsWith(`${outer}.`));
  if (last >= 0) return last + 1;
  return outer === '' ? all.length : endOf(all, outer);
}

interface Leaf {
  readonly path: string;
  readonly leaf: Tree;
  readonly before: readonly Tree[];
}

/** Single values, and collections that are empty. What a whole collection replaced is told at its first value. */
function* leaves(tree: Tree, path: string, outer: readonly Tree[]): Generator<Leaf> {
  const before = [...outer, ...history(tree)];
  const children = childrenOf(tree);
  if (children.length === 0) yield { path, leaf: tree, before };
  for (const [index, [key, child]] of children.entries())
    yield* leaves(
      child,
      path === '' ? key : `${path}${key.startsWith('[') ? '' : '.'}${key}`,
      index === 0 ? before : [],
    );
}

function childrenOf(tree: Tree): (readonly [key: string, child: Tree])[] {
  if (tree.kind === 'list') return tree.items.map((item, index) => [`[${index}]`, item]);
  return entriesOf(tree).map(([key, { value }]) => [key, value]);
}

/** What a value replaced, and what that replaced. */
function* history(tree: Tree): Generator<Tree> {
  for (let before = tree.before; before; before = before.before) yield before;
}

function originOf({ files, origins }: Explainable, { place, implied, envFile }: Tree): Origin {
  if (implied) return { kind: 'implied', place };
  if (envFile) return { kind: 'env-file', place };
  const index = files.indexOf(place.file === '(stdin)' ? '-' : place.file);
  const kind = index < 0 ? (origins.files.get(place.file) ?? 'include') : index > 0 ? 'override' : 'file';
  return { kind, place };
}

/** Variables in what is written at a place; a name alone in an environment is one. */
function variablesOf(project: Explainable, path: string, leaf: Tree): Explained['variables'] {
  if (leaf.implied || leaf.envFile) return [];
  const { text = '', column, length = 0 } = leaf.place;
  const written = text.slice(column - 1, column - 1 + length);
  const bare = /^["']?([A-Za-z_]\w*)["']?$/.exec(written)?.[1];
  const isName =
    bare !== undefined &&
    path.endsWith(`.${bare}`) &&
    leaf.kind === 'scalar' &&
    leaf.value !== null &&
    bare !== leaf.value;
  const names = isName ? [bare] : [...new Set([...variablesIn(written)].map(({ name }) => name))];
  return names.map((name) => ({ name, from: variableOrigin(project, name, leaf) }));
}

function variableOrigin({ shell, origins }: Explainable, name: string, leaf: Tree): Origin {
  if (shell[name] !== undefined) return { kind: 'shell' };
  const place = origins.variables.get(name);
  return place ? { kind: 'env-file', place } : { kind: 'default', place: leaf.place };
}

/** The services with what their env files bring, each variable at its place in its file. */
function withEnvFiles(tree: MapTree): MapTree {
  const services = at(tree, 'services');
  if (services?.kind !== 'map') return tree;
  const entries = [...services.entries].map(
    ([name, entry]) => [name, { ...entry, value: withEnvFile(entry.value) }] as const,
  );
  return withEntry(tree, 'services', { ...services, entries: new Map(entries) });
}

function withEnvFile(service: Tree): Tree {
  const files = at(service, 'env_file');
  if (service.kind !== 'map' || files?.kind !== 'list') return service;
  const found = new Map<string, Tree>();
  for (const file of files.items)
    for (const [name, value] of readEnvFile(file)) {
      const before = found.get(name);
      found.set(name, before ? { ...value, before } : value);
    }
  const own = at(service, 'environment');
  for (const [name, { value }] of entriesOf(own)) {
    const before = found.get(name);
    found.set(name, before ? { ...value, before } : value);
  }
  const entries = [...found].map(([name, value]) => [name, { keyPlace: value.place, value }] as const);
  return withEntry(service, 'environment', {
    kind: 'map',
    place: own?.place ?? files.place,
    entries: new Map(entries),
  });
}

/** The variables of an env file; one that is not there has none. */
function readEnvFile(file: Tree): [name: string, value: Tree][] {
  const path = scalarText(at(file, 'path')) ?? '';
  const places = new Map<string, Place>();
  try {
    const values = parseDotenv(path, readFileSync(path, 'utf8'), {
      onValue: (name, place) => void places.set(name, place),
    });
    return Object.entries(values).map(([name, value]) => [
      name,
      {
        kind: 'scalar',
        value,
        source: value,
        quoted: true,
        place: places.get(name) ?? { file: path, line: 1, column: 1 },
        envFile: true,
      },
    ]);
  } catch {
    return []; // told when the project is loaded
  }
}

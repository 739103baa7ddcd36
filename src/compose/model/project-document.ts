import { notFound } from '../../lib/errors.ts';
import type { Mapping, Value } from '../../lib/go-document.ts';
import { didYouMean } from '../../lib/suggest.ts';
import {
  at,
  entriesOf,
  isNothing,
  type MapTree,
  mapTree,
  type Place,
  scalarTree,
  withEntry,
  withoutKeys,
} from '../load/tree.ts';
import {
  bool,
  dict,
  extensionsOf,
  type Field,
  integer,
  keptBool,
  listOf,
  partStruct,
  sortedBy,
  struct,
  structOf,
  type Style,
  text,
  texts,
} from './document-values.ts';
import { resolved } from './normal-form.ts';
import { serviceDocument } from './service-document.ts';
import type { Project, Service } from './types.ts';
import { resourcesOf } from './used-resources.ts';

const ipam = partStruct([
  ['driver', text],
  [
    'config',
    listOf(
      struct([
        ['subnet', text],
        ['gateway', text],
        ['ip_range', text],
        ['aux_addresses', dict],
      ]),
    ),
  ],
]);

export const networkFields: readonly Field[] = [
  ['name', text],
  ['driver', text],
  ['driver_opts', dict],
  ['ipam', ipam],
  ['external', bool],
  ['internal', bool],
  ['attachable', bool],
  ['labels', dict],
  ['enable_ipv4', keptBool],
  ['enable_ipv6', keptBool],
];

export const volumeFields: readonly Field[] = [
  ['name', text],
  ['driver', text],
  ['driver_opts', dict],
  ['external', bool],
  ['labels', dict],
];

const fileFields: readonly Field[] = [
  ['name', text],
  ['file', text],
  ['environment', text],
  ['content', text],
  ['external', bool],
  ['labels', dict],
  ['driver', text],
  ['driver_opts', dict],
  ['template_driver', text],
];

const modelFields: readonly Field[] = [
  ['name', text],
  ['model', text],
  ['context_size', integer],
  ['runtime_flags', texts],
];

const sections: readonly (readonly [key: string, fields: readonly Field[]])[] = [
  ['networks', networkFields],
  ['volumes', volumeFields],
  ['secrets', fileFields],
  ['configs', fileFields],
  ['models', modelFields],
];

/** What a document shows of the project. */
export interface DocumentOptions {
  readonly style: Style;
  /** Services to show, with what they depend on; all of them when it is empty. */
  readonly services?: readonly string[];
  /** Resources that no service uses, too. */
  readonly allResources?: boolean;
  /** Env files are named, not merged into the environment. */
  readonly keepEnvFiles?: boolean;
}

/** A project as the document that `config` prints: keys in Compose's order, values in their canonical form. */
export function projectDocument(project: Project, options: DocumentOptions): Mapping {
  const { style } = options;
  const chosen = chosenServices(project, options.services ?? []);
  const names = new Set(chosen.map(({ name }) => name));
  const trees = chosen.map((service) => {
    const tree = serviceTree(project, service, { keepEnvFiles: options.keepEnvFiles ?? false });
    return [service.name, options.services?.length ? withDependencies(tree, names) : tree] as const;
  });
  const used = resourcesOf(trees.map(([, tree]) => tree));
  const resources = sections.flatMap(([key, fields]): [string, Value][] => {
    if (key === 'models' && style === 'json') return [];
    const entries = entriesOf(at(project.tree, key))
      .filter(([name]) => options.allResources === true || used.has(`${key}/${name}`))
      .map(([name, { value }]) => [name, structOf(value, fields, style)] as const);
    return entries.length > 0 ? [[key, sortedBy(style, entries)]] : [];
  });
  const all: [string, Value][] = [
    ['name', project.name],
    [
      'services',
      sortedBy(
        style,
        trees.map(([name, tree]) => [name, serviceDocument(tree, style) ?? null] as const),
      ),
    ],
    ...resources,
    ...extensionsOf(project.tree, style),
  ];
  return style === 'json' ? sortedBy(style, all) : new Map(all);
}

/** A service that depends on nothing but these. */
function withDependencies(tree: MapTree, names: ReadonlySet<string>): MapTree {
  const needed = at(tree, 'depends_on');
  if (needed?.kind !== 'map') return tree;
  const entries = [...needed.entries].filter(([name]) => names.has(name));
  return entries.length > 0
    ? withEntry(tree, 'depends_on', { ...needed, entries: new Map(entries) })
    : withoutKeys(tree, 'depends_on');
}

/** These services and what they depend on; all of the project when none is named. */
export function chosenServices(project: Project, names: readonly string[]): Service[] {
  if (names.length === 0) return [...project.services.values()];
  const chosen = new Set<string>();
  const add = (name: string): void => {
    const service = project.services.get(name);
    if (!service || chosen.has(name)) return;
    chosen.add(name);
    for (const [dependency] of entriesOf(at(project.tree, 'services', name, 'depends_on'))) add(dependency);
  };
  for (const name of names) {
    if (!project.services.has(name))
      throw notFound(`no such service: ${name}${didYouMean(name, project.services.keys())}`);
    add(name);
  }
  return [...project.services.values()].filter(({ name }) => chosen.has(name));
}

/** The tree of a service with the files that it names taken in: env files and label files. */
export function serviceTree(
  project: Project,
  service: Service,
  { keepEnvFiles = false, keepLabelFiles = false } = {},
): MapTree {
  const tree = at(project.tree, 'services', service.name);
  if (tree?.kind !== 'map') return mapTree(project.tree.place, []);
  const environment = keepEnvFiles
    ? tree
    : withoutKeys(withEnvironment(tree, service.environment), 'env_file');
  if (!environment.entries.has('label_file')) return environment;
  const labelled = withEntry(environment, 'labels', dictTree(service.labels, tree.place));
  return keepLabelFiles ? labelled : withoutKeys(labelled, 'label_file');
}

/** The environment with what env files bring; names that nothing gives a value stay without one. */
function withEnvironment(tree: MapTree, environment: Readonly<Record<string, string>>): MapTree {
  const own = at(tree, 'environment');
  if (!tree.entries.has('env_file'))
    return own ? withEntry(tree, 'environment', resolved(own, environment, true)) : tree;
  const unset = entriesOf(own).filter(
    ([name, { value }]) => isNothing(value) && !Object.hasOwn(environment, name),
  );
  const all = dictTree(environment, tree.place);
  return withEntry(tree, 'environment', { ...all, entries: new Map([...all.entries, ...unset]) });
}

const dictTree = (values: Readonly<Record<string, string>>, place: Place): MapTree =>
  mapTree(
    place,
    Object.entries(values).map(([key, value]) => [key, { keyPlace: place, value: scalarTree(value, place) }]),
  );

import { didYouMean } from '../../lib/suggest.ts';
import type { Problem } from '../load/compose-error.ts';
import { at, entriesOf, type Place, type Tree } from '../load/tree.ts';
import { scalarText } from './document-values.ts';
import type { Project, Service } from './types.ts';

interface Reference {
  readonly name: string;
  readonly place: Place;
}

/** Names in a service that nothing in the project has. */
export function checkReferences(project: Project, service: Service): Problem[] {
  const { tree } = project;
  const own = at(tree, 'services', service.name);
  const undefinedOf = (what: string, section: string, references: readonly Reference[]): Problem[] => {
    const known = entriesOf(at(tree, section)).map(([name]) => name);
    return references
      .filter(({ name }) => !known.includes(name))
      .map(({ name, place }) => ({
        place,
        message: `service ${JSON.stringify(service.name)} refers to undefined ${what} ${name}${hintFor(what, name, known)}: invalid compose project`,
      }));
  };
  return [
    ...undefinedOf('network', 'networks', namesIn(at(own, 'networks'))),
    ...undefinedOf('volume', 'volumes', volumesOf(service)),
    ...undefinedOf('config', 'configs', service.configs.map(sourceOf)),
    ...undefinedOf('secret', 'secrets', service.secrets.map(sourceOf)),
    ...undefinedOf('build secret', 'secrets', sourcesIn(at(own, 'build', 'secrets'))),
    ...undefinedOf('model', 'models', namesIn(at(own, 'models'))),
    ...dependencyProblems(project, service),
    ...contextProblems(project, at(own, 'build', 'additional_contexts'), service),
  ];
}

/** A folder that is written without `./` looks like the name of a volume. */
const hintFor = (what: string, name: string, known: readonly string[]): string =>
  what === 'volume' && name.includes('/')
    ? ` (a folder? write ./${name})`
    : didYouMean(name, known) ||
      (what === 'build secret'
        ? ''
        : ` (add it below ${what === 'volume' ? 'volumes' : `${what}s`}: at the top level)`);

const namesIn = (tree: Tree | undefined): Reference[] =>
  entriesOf(tree).map(([name, { keyPlace }]) => ({ name, place: keyPlace }));

const sourceOf = ({ source, place }: { source: string; place: Place }): Reference => ({
  name: source,
  place,
});

const sourcesIn = (tree: Tree | undefined): Reference[] =>
  tree?.kind === 'list'
    ? tree.items.map((item) => ({ name: scalarText(at(item, 'source')) ?? '', place: item.place }))
    : [];

const volumesOf = ({ volumes }: Service): Reference[] =>
  volumes.flatMap(({ type, source, place }) =>
    type === 'volume' && source !== undefined ? [{ name: source, place }] : [],
  );

function dependencyProblems(project: Project, service: Service): Problem[] {
  return [...service.dependsOn].flatMap(([name, { place, required }]) => {
    if (project.services.has(name)) return [];
    const profiles = project.disabled.get(name)?.profiles;
    if (!required && profiles) return [];
    const hint = profiles
      ? ` (it is in the profile ${profiles.join(', ')}, which is not enabled)`
      : didYouMean(name, project.services.keys());
    const message = `service ${JSON.stringify(service.name)} depends on undefined service ${JSON.stringify(name)}${hint}: invalid compose project`;
    return [{ place, message }];
  });
}

/** Contexts that other services are to build. */
function contextProblems(project: Project, contexts: Tree | undefined, { name }: Service): Problem[] {
  return entriesOf(contexts).flatMap(([key, { value }]) => {
    const path = scalarText(value);
    if (path === undefined || path === '')
      return [
        {
          place: value.place,
          message: `services.${name}.build.additional_contexts: invalid value ${key}, expected key=value`,
        },
      ];
    const [, other] = /^service:(.*)$/.exec(path) ?? [];
    if (other === undefined) return [];
    const target = project.services.get(other);
    if (target?.build) return [];
    const why = target
      ? `non-buildable service ${JSON.stringify(other)}`
      : `unknown service ${JSON.stringify(other)}${didYouMean(other, project.services.keys())}`;
    return [
      {
        place: value.place,
        message: `service ${JSON.stringify(name)} declares ${why} as additional contexts ${key}`,
      },
    ];
  });
}

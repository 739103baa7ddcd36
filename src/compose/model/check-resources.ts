import { ComposeError, type Problem } from '../load/compose-error.ts';
import { at, entriesOf, type MapTree, type Tree } from '../load/tree.ts';
import { scalarText } from './document-values.ts';

/** What is wrong with networks, volumes, configs, secrets and requests for devices, used or not. Throws ComposeError with all of it. */
export function checkResources(tree: MapTree): void {
  const problems = [
    ...fileProblems(tree, 'configs', ['file', 'environment', 'content']),
    ...fileProblems(tree, 'secrets', ['file', 'environment']),
    ...volumeProblems(tree),
    ...deviceProblems(tree),
  ];
  if (problems.length > 0) throw new ComposeError(problems);
}

/** The content of a config or secret comes from one source. */
function fileProblems(tree: MapTree, section: string, sources: readonly string[]): Problem[] {
  return entriesOf(at(tree, section)).flatMap(([name, { keyPlace, value }]) => {
    const given = sources.filter((key) => at(value, key));
    const second = at(value, given[1] ?? '');
    if (second)
      return [
        {
          place: second.place,
          message: `${section}.${name}: ${sources.join('|')} attributes are mutually exclusive`,
        },
      ];
    if (given.length > 0 || at(value, 'external')) return [];
    return [{ place: keyPlace, message: `${section}.${name}: one of ${sources.join('|')} must be set` }];
  });
}

/** What is not the project's own has no settings here. */
function volumeProblems(tree: MapTree): Problem[] {
  return entriesOf(at(tree, 'volumes')).flatMap(([name, { value }]) => {
    if (scalarText(at(value, 'external')) !== 'true') return [];
    const other = entriesOf(value).find(
      ([key]) => !['name', 'external'].includes(key) && !key.startsWith('x-'),
    );
    return other
      ? [
          {
            place: other[1].keyPlace,
            message: `volumes.${name}: conflicting parameters "external" and ${JSON.stringify(other[0])} specified`,
          },
        ]
      : [];
  });
}

/** Devices are asked for by their number or by their names. */
function deviceProblems(tree: MapTree): Problem[] {
  return entriesOf(at(tree, 'services')).flatMap(([name, { value }]) =>
    (
      [
        ['gpus', at(value, 'gpus')],
        [
          'deploy.resources.reservations.devices',
          at(value, 'deploy', 'resources', 'reservations', 'devices'),
        ],
      ] as const
    ).flatMap(([path, list]) =>
      itemsOf(list).flatMap((item, index) =>
        at(item, 'count') && at(item, 'device_ids')
          ? [
              {
                place: item.place,
                message: `services.${name}.${path}[${index}]: "count" and "device_ids" attributes are exclusive`,
              },
            ]
          : [],
      ),
    ),
  );
}

const itemsOf = (tree: Tree | undefined): readonly Tree[] => (tree?.kind === 'list' ? tree.items : []);

import type { Problem } from '../load/compose-error.ts';
import { at, entriesOf, type Place, type Tree } from '../load/tree.ts';
import { bytes, scalarText } from './document-values.ts';
import type { Project, Service } from './types.ts';

/** Keys of a service that exclude or contradict each other, and what it lacks. */
export function checkService(project: Project, service: Service): Problem[] {
  const tree = at(project.tree, 'services', service.name);
  const fail = (message: string, ...path: readonly string[]): Problem[] => [
    { place: placeAt(tree, path) ?? service.place, message },
  ];
  const name = JSON.stringify(service.name);
  return [
    ...(!service.image && !service.build && !service.provider
      ? fail(`service ${name} has neither an image nor a build context specified: invalid compose project`)
      : []),
    ...(service.networkMode !== undefined && at(tree, 'networks')
      ? fail(
          `service ${name} declares mutually exclusive \`network_mode\` and \`networks\`: invalid compose project`,
          'network_mode',
        )
      : []),
    ...(service.containerName !== undefined && service.replicas > 1
      ? fail(
          `service ${name} has a container_name, so it can not have ${service.replicas} containers: a name is unique`,
          'container_name',
        )
      : []),
    ...buildProblems(service, fail),
    ...limitProblems(tree, service, fail),
    ...healthProblems(service, fail),
    ...watchProblems(tree, service),
    ...mountProblems(tree, service),
    ...entryProblems(tree, service),
  ];
}

type Fail = (message: string, ...path: readonly string[]) => Problem[];

const placeAt = (tree: Tree | undefined, path: readonly string[]): Place | undefined =>
  path.length === 0 ? undefined : at(tree, ...path)?.place;

function buildProblems({ name, build, platform }: Service, fail: Fail): Problem[] {
  if (!build) return [];
  const { dockerfile, dockerfileInline, platforms } = build;
  const foreign = platform !== undefined && platforms.length > 0 && !platforms.includes(platform);
  return [
    ...(dockerfile !== undefined && dockerfileInline !== undefined
      ? fail(
          `service ${JSON.stringify(name)} declares mutually exclusive dockerfile and dockerfile_inline: invalid compose project`,
          'build',
          'dockerfile_inline',
        )
      : []),
    ...(foreign
      ? fail(
          `service.build.platforms MUST include service.platform ${JSON.stringify(platform)}: invalid compose project`,
          'platform',
        )
      : []),
  ];
}

/** Keys of old and the ones in `deploy` that mean the same. */
const pairs: readonly (readonly [key: string, path: readonly string[]])[] = [
  ['scale', ['replicas']],
  ['cpus', ['resources', 'limits', 'cpus']],
  ['mem_limit', ['resources', 'limits', 'memory']],
  ['mem_reservation', ['resources', 'reservations', 'memory']],
  ['pids_limit', ['resources', 'limits', 'pids']],
];

function limitProblems(tree: Tree | undefined, { name }: Service, fail: Fail): Problem[] {
  return pairs.flatMap(([key, path]) => {
    const [own, other] = [at(tree, key), at(tree, 'deploy', ...path)];
    const section = at(tree, 'deploy', ...path.slice(0, -1));
    if (!own || !section || (key === 'scale' && !other) || amount(own, key) === amount(other, key)) return [];
    return fail(
      `services.${name}: can't set distinct values on '${key}' and 'deploy.${path.join('.')}': invalid compose project`,
      key,
    );
  });
}

const amount = (tree: Tree | undefined, key: string): number =>
  Number((key.startsWith('mem_') ? bytes(tree, 'json') : scalarText(tree)) ?? 0);

function healthProblems({ healthcheck }: Service, fail: Fail): Problem[] {
  const first = healthcheck?.test?.[0];
  return first === undefined || ['CMD', 'CMD-SHELL', 'NONE'].includes(first)
    ? []
    : fail(
        `healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE", not ${JSON.stringify(first)}`,
        'healthcheck',
        'test',
      );
}

/** What is watched is somewhere, and what is copied goes somewhere. */
function watchProblems(tree: Tree | undefined, { name }: Service): Problem[] {
  return itemsOf(at(tree, 'develop', 'watch')).flatMap((rule) => {
    const path = at(rule, 'path');
    const copies = !/^(rebuild|restart)$/.test(scalarText(at(rule, 'action')) ?? '');
    return [
      ...(path && scalarText(path) === ''
        ? [{ place: path.place, message: `services.${name}.develop.watch.[].path: value can't be blank` }]
        : []),
      ...(copies && !scalarText(at(rule, 'target'))
        ? [
            {
              place: rule.place,
              message: `services.${name}.develop.watch: target is required for non-rebuild actions: invalid compose project`,
            },
          ]
        : []),
    ];
  });
}

/** Names and numbers within lists that are written in one piece. */
function entryProblems(tree: Tree | undefined, { name }: Service): Problem[] {
  const environment = at(tree, 'environment');
  const isList = environment?.kind === 'map' && environment.written?.kind === 'list';
  const variables = (isList ? entriesOf(environment) : []).flatMap(([key, { keyPlace }]): Problem[] =>
    /\s$/.test(key)
      ? [{ place: keyPlace, message: `environment variable ${key} is declared with a trailing space` }]
      : [],
  );
  const hosts = itemsOf(at(tree, 'extra_hosts')).flatMap((item): Problem[] =>
    /^[^=:]+[=:]./.test(scalarText(item) ?? '')
      ? []
      : [
          {
            place: item.place,
            message: `services.${name}.extra_hosts: invalid additional host, missing IP: ${scalarText(item)}, want HOST=IP`,
          },
        ],
  );
  const modes = [...itemsOf(at(tree, 'configs')), ...itemsOf(at(tree, 'secrets'))].flatMap(
    (item): Problem[] => {
      const mode = at(item, 'mode');
      return mode?.kind === 'scalar' && typeof mode.value === 'string' && !/^(0o)?[0-7]+$/.test(mode.value)
        ? [
            {
              place: mode.place,
              message: `mode must be an octal number such as "0440", not ${JSON.stringify(mode.value)}`,
            },
          ]
        : [];
    },
  );
  return [...variables, ...hosts, ...modes];
}

const itemsOf = (tree: Tree | undefined): readonly Tree[] => (tree?.kind === 'list' ? tree.items : []);

/** A path in the container can be one thing only. */
function mountProblems(tree: Tree | undefined, { name, tmpfs, volumes }: Service): Problem[] {
  const list = at(tree, 'tmpfs');
  const mounts = [
    ...tmpfs.map((line, index) => ({
      target: line.split(':')[0] ?? '',
      key: `tmpfs[${index}]`,
      place: list?.kind === 'list' ? list.items[index]?.place : list?.place,
    })),
    ...volumes.map(({ target, place }, index) => ({ target, key: `volumes[${index}]`, place })),
  ];
  return mounts.flatMap(({ target, key, place }, index) => {
    const other = mounts.slice(0, index).find((mount) => mount.target === target);
    const message = `services.${name}.${key}: target ${target} already mounted as services.${name}.${other?.key}`;
    return other && place ? [{ place, message }] : [];
  });
}

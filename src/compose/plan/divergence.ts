import type { ContainerSummary } from '../../wire/container.ts';
import type { Project, Service } from '../model/types.ts';
import { serviceHash } from './config-hash.ts';
import { networksOf } from './endpoints.ts';
import { label } from './labels.ts';
import { copiedFiles, filesDigest } from './service-files.ts';

/** The configuration hash of a service whose references are those of `withReferences`. As in Compose, modes of volumes_from don't count. */
export const hashOf = (project: Project, service: Service): string =>
  serviceHash(project, {
    ...service,
    volumesFrom: service.volumesFrom.map((from) => from.split(':')[0] ?? from),
  });

/** What the containers of a service should be. */
export interface Expected {
  readonly hash: string;
  readonly imageId: string;
  readonly files: string | undefined;
  /** Names in the engine → ids. */
  readonly networks: ReadonlyMap<string, string>;
  readonly volumes: readonly string[];
}

/** `networkIds` is by key. */
export function expectedOf(
  project: Project,
  service: Service,
  imageId: string,
  networkIds: ReadonlyMap<string, string>,
): Expected {
  return {
    hash: hashOf(project, service),
    imageId,
    files: filesDigest(copiedFiles(project, service)),
    networks: new Map(
      networksOf(service).map(([key]) => [project.networks.get(key)?.name ?? key, networkIds.get(key) ?? '']),
    ),
    volumes: service.volumes.flatMap(({ type, source }) =>
      type === 'volume' && source !== undefined ? [project.volumes.get(source)?.name ?? source] : [],
    ),
  };
}

/** Why a container is not what it should be, in words; undefined when it is. */
export function divergence(container: ContainerSummary, expected: Expected): string | undefined {
  const { Labels } = container;
  if (Labels[label.configHash] !== expected.hash) return 'its configuration changed';
  if (expected.imageId !== '' && Labels[label.image] !== expected.imageId) return 'its image changed';
  // a container that the other Compose made says nothing about its files
  if (Labels[label.files] !== undefined && Labels[label.files] !== expected.files)
    return 'its configs or secrets changed';
  for (const [name, id] of expected.networks)
    if (!isIn(container, name, id)) return `network ${name} is another one`;
  const mounted = container.Mounts.filter(({ Type }) => Type === 'volume').map(({ Name }) => Name);
  const missing = expected.volumes.find((name) => !mounted.includes(name));
  return missing === undefined ? undefined : `volume ${missing} is not mounted`;
}

/** A container that never ran may not know the ids of its networks yet. */
function isIn(container: ContainerSummary, name: string, id: string): boolean {
  const endpoints = container.NetworkSettings?.Networks ?? {};
  if (id === '') return true;
  if (Object.values(endpoints).some(({ NetworkID }) => NetworkID === id)) return true;
  return container.State !== 'running' && Object.hasOwn(endpoints, name) && !endpoints[name]?.NetworkID;
}

import { createHash } from 'node:crypto';
import type { Project, ProjectNetwork, ProjectVolume, Service } from '../model/types.ts';

/** A digest of everything that makes a service's containers what they are; a container with another one is recreated. */
export function serviceHash(project: Project, service: Service): string {
  const {
    build: _build,
    dependsOn: _dependsOn,
    replicas: _replicas,
    pullPolicy: _pullPolicy,
    profiles: _profiles,
    place: _place,
    attach: _attach,
    ...rest
  } = service;
  const files = [...service.configs, ...service.secrets].map(
    ({ source }) => project.configs.get(source) ?? project.secrets.get(source),
  );
  return hash({ ...rest, files });
}

export const networkHash = ({ place: _place, ...network }: ProjectNetwork): string => hash(network);
export const volumeHash = ({ place: _place, ...volume }: ProjectVolume): string => hash(volume);

const hash = (value: unknown): string => createHash('sha256').update(stableJson(value)).digest('hex');

/** JSON with sorted keys, maps as objects, and without places: the same for the same meaning. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (key === 'place') return undefined;
    if (item instanceof Map)
      return Object.fromEntries([...item].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

import type { ContainerStore } from './container-store.ts';

/** Ids of the containers that have a volume, running or not. */
export function volumeUsers(store: ContainerStore, name: string): string[] {
  return store
    .all()
    .filter(({ mounts }) => mounts.some(({ point }) => point.type === 'volume' && point.name === name))
    .map(({ id }) => id);
}

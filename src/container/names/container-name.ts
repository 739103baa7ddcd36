import { conflict, invalid } from '../../lib/errors.ts';
import type { ContainerStore } from '../container-store.ts';
import { randomName } from './random-name.ts';

const allowed = '[a-zA-Z0-9][a-zA-Z0-9_.-]';
const pattern = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const TRIES = 6;

/** Checks a name that a user chose and returns it without its slash. Texts as Docker's. */
export function parseContainerName(name: string): string {
  if (!pattern.test(name)) throw invalid(`Invalid container name (${name}), only ${allowed} are allowed`);
  return name.replace(/^\//, '');
}

/** Takes a name for a container or throws `conflict` with Docker's text, which clients match on. */
export function takeName(store: ContainerStore, name: string, id: string): void {
  const holder = store.idOf(name);
  if (holder !== undefined)
    throw conflict(
      `Conflict. The container name "/${name}" is already in use by container "${holder}". ` +
        'You have to remove (or rename) that container to be able to reuse that name.',
    );
  store.reserveName(name, id);
}

/** Takes a free random name. */
export function takeRandomName(store: ContainerStore, id: string): string {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const name = randomName(attempt);
    if (store.idOf(name) !== undefined) continue;
    store.reserveName(name, id);
    return name;
  }
  const name = id.slice(0, 12);
  store.reserveName(name, id);
  return name;
}

import type { ContainerRecord, ExitRecord } from './container-record.ts';

/** How long a client may take from `start` to `wait`. */
const KEPT_MS = 10_000;
const MOST = 1000;

interface Departed extends Pick<ContainerRecord, 'id' | 'readers'> {
  readonly exit: ExitRecord;
}

/**
 * Exits of containers that removed themselves a moment ago. Clients start a container and then wait for its end, in two requests:
 * one that ends and goes in between must not make the second fail.
 */
export class DepartedContainers {
  private readonly exits = new Map<string, Departed & { name: string; until: number }>();

  add({ id, name, readers }: ContainerRecord, exit: ExitRecord): void {
    const now = Date.now();
    for (const [old, { until }] of this.exits) {
      if (until > now && this.exits.size < MOST) break; // in the order in which they went
      this.exits.delete(old);
    }
    this.exits.set(id, { id, name, exit, readers, until: now + KEPT_MS });
  }

  find(nameOrId: string): Departed | undefined {
    const plain = nameOrId.replace(/^\//, '');
    const isShort = plain.length >= 12;
    return [...this.exits.values()].findLast(
      ({ id, name, until }) =>
        (id === plain || name === plain || (isShort && id.startsWith(plain))) && until > Date.now(),
    );
  }
}

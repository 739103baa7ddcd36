import type { ContainerSummary } from '../../wire/container.ts';
import { nameOf, numberOf } from './observe.ts';

/** Which containers of a service stay, and which go. */
export interface Chosen {
  /** In the order of their numbers. */
  readonly kept: readonly ContainerSummary[];
  readonly surplus: readonly ContainerSummary[];
  /** Ids of those among the kept that have to be replaced. */
  readonly stale: ReadonlySet<string>;
}

/**
 * One container has each number: of two, an update broke off between them. When there are too many numbers, those go first whose
 * container would have to be replaced, then the highest.
 */
export function chooseContainers(
  existing: readonly ContainerSummary[],
  isStale: (container: ContainerSummary) => boolean,
  count: number,
): Chosen {
  const stale = new Set(existing.filter(isStale).map(({ Id }) => Id));
  const rank = (container: ContainerSummary): number =>
    (stale.has(container.Id) ? 2 : 0) + (isTemporary(container) ? 1 : 0);
  const ordered = existing.toSorted((a, b) => rank(a) - rank(b) || numberOf(a) - numberOf(b));
  const first = ordered.filter(
    (container, index) => ordered.findIndex((other) => numberOf(other) === numberOf(container)) === index,
  );
  const kept = first.slice(0, count).toSorted((a, b) => numberOf(a) - numberOf(b));
  return {
    kept,
    surplus: ordered.filter((container) => !kept.includes(container)),
    stale: new Set(kept.map(({ Id }) => Id).filter((id) => stale.has(id))),
  };
}

/** Made to follow another container, and not called by its name yet. */
const isTemporary = (container: ContainerSummary): boolean => /^[0-9a-f]{12}_/.test(nameOf(container));

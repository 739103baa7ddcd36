import { parseNetworkMode } from '../network-mode.ts';
import type { ContainerSpec } from '../types.ts';

/** One of Docker's old links: what it leads to is also called `holder/alias`. */
export interface Link {
  /** As `links` has it. */
  readonly text: string;
  /** Name or id of the other container. */
  readonly target: string;
  readonly alias: string;
}

/** The links that are names of containers: on networks of their own they are only names for DNS. */
export function linksOf({ links, networkMode }: Pick<ContainerSpec, 'links' | 'networkMode'>): Link[] {
  if (links.length === 0) return [];
  const mode = parseNetworkMode(networkMode);
  if (mode.kind !== 'network' || mode.network !== 'bridge') return [];
  return links.map((text) => {
    const [target = '', alias] = text.split(':').map((part) => part.replace(/^\//, ''));
    return { text, target, alias: alias ?? target };
  });
}

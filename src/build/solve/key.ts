import { hash as hashOnce } from 'node:crypto';
import { chainIdOf, type Digest, digestOf } from '../../oci/digest.ts';
import type { Vertex } from '../plan/types.ts';
import { emptyRootfs, type Identity, type Rootfs } from './types.ts';

/** Changes when keys are made in another way: older records are then never found. */
export const KEY_VERSION = 1;

/** The key of a step's result: what it is, what it reads and what it builds on, all by content. */
export function keyOf(identity: Identity, base: Rootfs): string {
  const content = identity.content.map(({ digest }) => digest);
  return hash([KEY_VERSION, identity.definition, content, baseKey(base)]);
}

/** What of its base the result of a vertex depends on: nothing where it is linked onto it. */
export const countedBase = ({ op }: Vertex, base: Rootfs): Rootfs =>
  op.kind === 'file' && op.isLinked ? emptyRootfs : base;

/** The identity of a file system; '' for the empty one. */
export function baseKey({ layers }: Rootfs): string {
  const known = chains.get(layers) ?? chainIdOf(layers) ?? '';
  chains.set(layers, known);
  return known;
}

/** A stack with one more layer: its identity follows from that of the base, however high that is. */
export function withLayer(base: Rootfs, layer: Digest): readonly Digest[] {
  const layers = [...base.layers, layer];
  const below = baseKey(base);
  chains.set(layers, below === '' ? layer : digestOf(`${below} ${layer}`));
  return layers;
}

/** Each step asks several times, and a stage has many. */
const chains = new WeakMap<readonly Digest[], string>();

/** The key of an instruction that only changes the config. */
export const metadataKey = (before: string, summary: string): string => hash([KEY_VERSION, before, summary]);

export const hash = (value: unknown): string => hashOnce('sha256', canonical(value), 'hex');

/** JSON with the members of objects in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}

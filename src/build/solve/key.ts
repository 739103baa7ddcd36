import { createHash } from 'node:crypto';
import { chainIdOf } from '../../oci/digest.ts';
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
export const baseKey = ({ layers }: Rootfs): string => chainIdOf(layers) ?? '';

/** The key of an instruction that only changes the config. */
export const metadataKey = (before: string, summary: string): string => hash([KEY_VERSION, before, summary]);

export const hash = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** JSON with the members of objects in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}

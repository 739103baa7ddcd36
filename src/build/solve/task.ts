import type { Digest } from '../../oci/digest.ts';
import type { Vertex } from '../plan/types.ts';
import { baseKey, countedBase, hash, keyOf } from './key.ts';
import type { Predecessors } from './predecessors.ts';
import type { NewRecord, SlotUse } from './records.ts';
import type { Identity, Rootfs } from './types.ts';

/** A vertex that stands on others, with what is known of it before it is done. */
export interface Task {
  readonly vertex: Vertex;
  readonly identity: Identity;
  /** What its result depends on. */
  readonly base: Rootfs;
  /** What it stands on. */
  readonly below: Rootfs;
  readonly inputs: readonly Rootfs[];
  readonly key: string;
  /** Where it is among the records of earlier builds. */
  readonly use: SlotUse;
  /** The base image of its stage, for people. */
  readonly image: string;
}

/** What a task stands on. */
interface Ground {
  readonly identity: Identity;
  readonly below: Rootfs;
  readonly inputs: readonly Rootfs[];
}

/** `lineage`: what is built, by name or place. */
export function describeTask(
  vertex: Vertex,
  { identity, below, inputs }: Ground,
  predecessors: Predecessors,
  lineage: string,
): Task {
  const base = countedBase(vertex, below);
  const { name, stage, file, position } = vertex.step;
  const place = predecessors.position(vertex) ?? position.line;
  const key = keyOf(identity, base);
  return {
    vertex,
    identity,
    base,
    below,
    inputs,
    key,
    use: {
      slot: hash([lineage, file, stage, name]),
      place: hash([lineage, file, stage, place]),
      base: baseKey(base),
      key,
    },
    image: predecessors.imageOf(vertex),
  };
}

/** What is kept of a task that was done. */
export function recordOf(
  { use, image, vertex, identity }: Task,
  layer: Digest,
  rest: Pick<NewRecord, 'size' | 'createdAt' | 'milliseconds' | 'warnings'>,
): NewRecord {
  return { ...use, image, description: vertex.step.name, identity, layer, ...rest };
}

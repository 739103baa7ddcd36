import type { Digest } from '../../oci/digest.ts';
import type { Vertex } from '../plan/types.ts';

/** A file system that a vertex gave, as its layers, bottom first. */
export interface Rootfs {
  readonly layers: readonly Digest[];
}

export const emptyRootfs: Rootfs = { layers: [] };

/** Something that an operation reads besides its base, by what is in it. */
export interface ContentInput {
  /** For people: `src/`, `--from=build /app`. */
  readonly name: string;
  readonly digest: string;
  /** Each file on a line: its digest, a space, its path. */
  readonly files?: string;
}

/** What an operation is and reads: equal identities on equal bases give the same result. */
export interface Identity {
  /** Plain data without anything that differs between equal steps; compared member by member to say what changed. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly content: readonly ContentInput[];
}

/** What a running operation tells. */
export type OperationEvent =
  /** Something that the user should know of, also when the result is taken from the cache. */
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly data: Buffer }
  | {
      readonly type: 'progress';
      readonly id: string;
      readonly status: string;
      readonly current?: number;
      readonly total?: number;
    };

/** The doing of operations for one build. The solver decides what is done and when. */
export interface Operations {
  identify(vertex: Vertex, base: Rootfs, inputs: readonly Rootfs[], signal: AbortSignal): Promise<Identity>;
  /** Makes the layer that the vertex adds. Leaves nothing behind when it fails. */
  perform(
    vertex: Vertex,
    base: Rootfs,
    inputs: readonly Rootfs[],
    options: { signal: AbortSignal; tell: (event: OperationEvent) => void },
  ): Promise<Digest>;
  /**
   * Whether what a vertex that was performed read is still what `identify` saw: a directory of the user may change at any time, and a
   * result of something else must not be kept as that of this. Absent = always.
   */
  isUnchanged?(vertex: Vertex, signal: AbortSignal): Promise<boolean>;
  /** Whether a layer of an earlier result is still there. */
  hasLayer(diffId: Digest): boolean;
  /** Brings layers that an imported cache has and that are not here. */
  fetchLayers(layers: readonly Digest[], signal: AbortSignal): Promise<void>;
  /** Bytes of a layer. */
  sizeOf(diffId: Digest): number;
}

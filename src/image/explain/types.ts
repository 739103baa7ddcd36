import type { Digest } from '../../oci/digest.ts';
import type { DuplicateFiles, LayerReport } from '../../snapshot/explain/types.ts';
import type { Image } from '../types.ts';

/** What an image is made of, and what would make it smaller. */
export interface ExplainedImage {
  readonly image: Image;
  readonly layers: readonly ExplainedLayer[];
  /** The most wasteful first, at most twenty. */
  readonly duplicates: readonly DuplicateFiles[];
  /** Bytes that are hidden, in caches or duplicates; each file once. */
  readonly waste: number;
  /** The greatest saving first. */
  readonly advice: readonly Advice[];
}

export interface ExplainedLayer extends LayerReport {
  readonly diffId: Digest;
  /** The instruction that made it, without what builders put around it; '' where that says nothing. */
  readonly instruction: string;
  readonly createdAt?: string;
  /** It is one of the image that this one stands on. */
  readonly isBase: boolean;
}

/** Something to do. What it saves was measured on the layers. */
export interface Advice {
  readonly text: string;
  /** Bytes. */
  readonly saves: number;
  /** Number of the layer that it is about, from 0. */
  readonly layer?: number;
}

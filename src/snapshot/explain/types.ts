/** What a stack of layers is made of, layer by layer, as its files tell. Bytes count each file once, however many names it has. */
export interface StackReport {
  readonly layers: readonly LayerReport[];
  /** Files that are seen and have the same content, the most wasteful first. */
  readonly duplicates: readonly DuplicateFiles[];
  /** All duplicates by the directory that holds them, the most wasteful first. */
  readonly copies: readonly CopiesBelow[];
  /** Layers whose files later ones hide, by pairs. */
  readonly hidings: readonly Hiding[];
  /** Bytes that are hidden, in caches or duplicates; each file once. */
  readonly waste: number;
}

export interface LayerReport {
  /** Bytes of its files. */
  readonly size: number;
  readonly added: number;
  /** Files that stand in place of one of a layer below. */
  readonly changed: number;
  /** Files of layers below that it takes away. */
  readonly deleted: number;
  readonly hidden: HiddenFiles;
  readonly caches: readonly FoundCache[];
}

/** Files of a layer that are not seen, because a later one hides them. */
export interface HiddenFiles {
  readonly files: number;
  readonly bytes: number;
  /** Paths, the largest first. */
  readonly largest: readonly string[];
}

/** What a package manager left, as far as it is seen. */
export interface FoundCache {
  readonly name: string;
  /** The directory that holds it. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

export interface DuplicateFiles {
  readonly size: number;
  readonly count: number;
  /** In order; not all where there are many. */
  readonly paths: readonly string[];
  /** Bytes without the first. */
  readonly waste: number;
}

/** Files below a directory that have the same content as others below it. */
export interface CopiesBelow {
  readonly directory: string;
  /** Without the first of each. */
  readonly files: number;
  readonly waste: number;
  /** The one that wastes most. */
  readonly example: DuplicateFiles;
}

/** What one layer hides of another: `again` = by files of the same content (a change of owner, mode or time). */
export interface Hiding {
  readonly of: number;
  readonly by: number;
  readonly how: 'deleted' | 'replaced' | 'again';
  readonly files: number;
  readonly bytes: number;
}

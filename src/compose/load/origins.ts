import type { Place, Tree } from './tree.ts';

/** Where what is in a project came from, beyond the places that its values have themselves. */
export interface Origins {
  /** Variables of env files; those of the shell are not among them. */
  readonly variables: Map<string, Place>;
  /** Files that others name: what brought them in. */
  readonly files: Map<string, 'include' | 'extends'>;
  /** What `!reset` took away, by its path: the marked value, laid over what was there before. */
  readonly removed: Map<string, Tree>;
}

export const noOrigins = (): Origins => ({ variables: new Map(), files: new Map(), removed: new Map() });

import type { Place } from './tree.ts';

/** Where what is in a project came from, beyond the places that its values have themselves. */
export interface Origins {
  /** Variables of env files; those of the shell are not among them. */
  readonly variables: Map<string, Place>;
  /** Files that others name: what brought them in. */
  readonly files: Map<string, 'include' | 'extends'>;
}

export const noOrigins = (): Origins => ({ variables: new Map(), files: new Map() });

import { type MapTree, type Place, type Scalar, scalarTree, type Tree, withEntry } from '../load/tree.ts';

/** A value that Compose fills in because of what stands at a place. */
export const implied = (value: Scalar, place: Place): Tree => ({
  ...scalarTree(value, place),
  implied: true,
});

/** Sets a key that is not there. */
export const fill = (tree: MapTree, key: string, value: Tree): MapTree =>
  tree.entries.has(key) ? tree : withEntry(tree, key, value);

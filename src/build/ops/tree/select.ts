import { posix } from 'node:path';
import { bytesOfText, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { notFound } from '../../../lib/errors.ts';
import { compileGlob, hasWildcards } from '../../../lib/glob.ts';
import { IgnorePatterns, cleanPattern } from '../../../lib/ignore.ts';
import type { PathSelection } from '../../plan/types.ts';
import { resolvePath } from './resolve-path.ts';
import type { SourceTree, TreeEntry } from './source-tree.ts';

/** A file or directory that a source path of COPY means. */
export interface SelectedRoot {
  /** As selected, before symlinks were followed: its last name is the one that the copy gets. */
  readonly name: ByteString;
  /** Where it really is. */
  readonly entry: TreeEntry;
  /** With --parents: the directories that are kept, relative; undefined without. */
  readonly kept: ByteString | undefined;
}

/** What a source path means in a tree. A path without wildcards must exist; wildcards may match nothing. */
export function selectRoots(tree: SourceTree, selection: PathSelection): SelectedRoot[] {
  const { path, pivot } = splitPivot(selection);
  const names = hasWildcards(path) ? [...matches(tree, path)] : [bytesOfText(path)];
  return names.map((name) => {
    const entry = tree.entry(resolvePath(tree.root, name));
    if (!entry) throw missing(tree, name);
    const above = posix.dirname(name);
    const kept = selection.parents && above !== '.' ? above.slice(pivot).replace(/^\//, '') : '';
    return { name, entry, kept: selection.parents ? kept : undefined };
  });
}

/** With --parents, `/./` says where the directories that are kept begin. */
function splitPivot({ path, parents }: PathSelection): { path: string; pivot: number } {
  const at = parents ? path.indexOf('/./') : -1;
  const clean = clampPath(path);
  return { path: clean, pivot: at < 0 ? 0 : bytesOfText(clampPath(path.slice(0, at))).length };
}

/** Relative, without `.` and empty names; `..` ends at the root, as all of the context is below it. */
function clampPath(path: string): string {
  return posix.resolve('/', path).slice(1);
}

function missing(tree: SourceTree, name: ByteString): Error {
  const path = textOfBytes(name);
  return tree.isContext
    ? notFound(
        `COPY failed: file not found in build context or excluded by .dockerignore: stat ${path}: file does not exist`,
      )
    : notFound(`COPY failed: stat /${path}: file does not exist`);
}

/** Paths that match a pattern, in the order of the tree. Directories that match are not looked into. */
function* matches(tree: SourceTree, pattern: string): Generator<ByteString> {
  const names = pattern.split('/');
  const first = names.findIndex(hasWildcards);
  const fixed = bytesOfText(names.slice(0, first).join('/'));
  const glob = compileGlob(names.slice(first).join('/'));
  const start = resolvePath(tree.root, fixed);
  if (!tree.entry(start)?.stats.isDirectory()) return;
  const search = function* (directory: ByteString, below: string): Generator<ByteString> {
    for (const { path, stats } of tree.children(directory)) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const relative = below === '' ? textOfBytes(name) : `${below}/${textOfBytes(name)}`;
      if (glob.matches(relative)) yield path;
      else if (stats.isDirectory() && glob.reachesBelow(relative)) yield* search(path, relative);
    }
  };
  yield* search(start, '');
}

/** The test for `--exclude`: patterns are relative to the directory that is copied. */
export function excludes(
  root: ByteString,
  patterns: readonly string[],
): ((path: ByteString) => boolean) | undefined {
  if (patterns.length === 0) return undefined;
  const rules = new IgnorePatterns(patterns.map(cleanPattern));
  return (path) => rules.ignores(textOfBytes(root === '' ? path : path.slice(root.length + 1)));
}

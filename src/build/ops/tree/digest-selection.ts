import { createHash, hash } from 'node:crypto';
import { readlinkSync, type Stats } from 'node:fs';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import type { PathSelection } from '../../plan/types.ts';
import { CollectedText } from './collected-text.ts';
import { digestOfXattrs, type FileDigests } from './file-digests.ts';
import { excludes, selectRoots } from './select.ts';
import type { SourceTree, TreeEntry } from './source-tree.ts';

/** What a source path of COPY gives: its identity, and that of each file in it, to tell later which one changed. */
export interface SelectionDigest {
  readonly digest: string;
  /** A line for each file: a short digest, a space, its path. */
  readonly files: string;
}

/**
 * The identity of selected files: names, kinds, modes, owners (of an image only), extended attributes and contents. Times don't
 * count. The mode of a directory whose content is copied doesn't either: it goes nowhere.
 */
export function digestSelection(
  tree: SourceTree,
  selection: PathSelection,
  digests: FileDigests,
): SelectionDigest {
  const whole = createHash('sha256');
  const files = new CollectedText('utf8');
  for (const { name, entry, kept } of selectRoots(tree, selection)) {
    const isDirectory = entry.stats.isDirectory();
    const below = entry.path === '' ? 0 : entry.path.length + 1;
    const isNamed = !isDirectory || kept !== undefined;
    whole.update(`${JSON.stringify([kept ?? null, isNamed ? name : ''])}\n`);
    const entries = isDirectory ? tree.walk(entry.path, excludes(entry.path, selection.exclude)) : [entry];
    for (const item of entries) {
      const identity = identityOf(tree, item, digests);
      const relative = isDirectory ? item.path.slice(below) : '';
      whole.update(`${JSON.stringify(relative)} ${identity}\n`);
      if (!item.stats.isDirectory()) files.add(`${shortDigest(identity)} ${textOfBytes(item.path)}\n`);
    }
  }
  return { digest: whole.digest('hex'), files: files.text() };
}

const shortDigest = (identity: string): string => hash('sha256', identity, 'hex').slice(0, 16);

function identityOf(tree: SourceTree, { path, stats }: TreeEntry, digests: FileDigests): string {
  const owner = tree.isContext ? '' : `${stats.uid}:${stats.gid}`;
  return `${stats.mode.toString(8)} ${owner} ${contentOf(tree.pathOf(path), stats, digests)}`;
}

function contentOf(path: ByteString, stats: Stats, digests: FileDigests): string {
  if (stats.isFile()) return digests.digestOf(path, stats);
  if (stats.isSymbolicLink()) return JSON.stringify(readlinkSync(asPath(path), { encoding: 'latin1' }));
  return stats.isDirectory() ? digestOfXattrs(path) : String(stats.rdev);
}

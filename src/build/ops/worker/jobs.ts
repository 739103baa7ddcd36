import { bytesOfText } from '../../../lib/byte-string.ts';
import { kindOf, messageOf } from '../../../lib/errors.ts';
import type { PathSelection } from '../../plan/types.ts';
import { type Change, changeFiles } from '../tree/change-files.ts';
import { digestSelection, type SelectionDigest } from '../tree/digest-selection.ts';
import { FileDigests } from '../tree/file-digests.ts';
import { SourceTree, type TreeSource } from '../tree/source-tree.ts';

/** What worker threads do for the builder. Arguments and results are plain data. */
export const jobs = { digestSelections, changeFiles: changeFilesJob };

/**
 * Identities of several selections of one tree, or why there is none. `memory` is a file that keeps the digests of its files; with `asItIs`
 * it is only read: what is met is less than what it knows.
 */
function digestSelections(args: {
  source: TreeSource;
  selections: readonly PathSelection[];
  memory?: string;
  asItIs?: boolean;
}): (SelectionDigest | { missing: string })[] {
  const tree = new SourceTree(args.source);
  const digests = args.memory === undefined ? new FileDigests() : FileDigests.load(args.memory);
  const found = args.selections.map((selection) => {
    try {
      return digestSelection(tree, selection, digests);
    } catch (error) {
      if (kindOf(error) !== 'not-found') throw error;
      return { missing: messageOf(error) };
    }
  });
  if (args.memory !== undefined && !args.asItIs) {
    if (digests.changed) digests.save(args.memory);
    else digests.use(args.memory);
  }
  return found;
}

async function changeFilesJob(args: { root: string; changes: readonly Change[] }): Promise<void> {
  await changeFiles(bytesOfText(args.root), args.changes);
}

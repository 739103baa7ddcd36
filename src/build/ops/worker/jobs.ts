import { bytesOfText } from '../../../lib/byte-string.ts';
import { kindOf, messageOf } from '../../../lib/errors.ts';
import type { PathSelection } from '../../plan/types.ts';
import { type Change, changeFiles } from '../tree/change-files.ts';
import type { SelectionDigest } from '../tree/digest-selection.ts';
import { Digester } from '../tree/digester.ts';
import type { TreeSource } from '../tree/source-tree.ts';

/** What worker threads do for the builder. Arguments and results are plain data. */
export const jobs = { digestSelections, changeFiles: changeFilesJob };

/**
 * Identities of several selections of one tree, or why there is none. `memory` is a file that keeps the digests of its files; with `asItIs`
 * it is only read: what is met is less than what it knows. Files of a tree that is not `isOurs` are read only when they look otherwise than before.
 */
function digestSelections(args: {
  source: TreeSource;
  selections: readonly PathSelection[];
  memory?: string;
  asItIs?: boolean;
  isOurs?: boolean;
}): (SelectionDigest | { missing: string })[] {
  const { source, selections, memory, asItIs = false, isOurs = false } = args;
  const digester = new Digester(source, memory, isOurs);
  const found = selections.map((selection) => {
    try {
      return digester.digest(selection);
    } catch (error) {
      if (kindOf(error) !== 'not-found') throw error;
      return { missing: messageOf(error) };
    }
  });
  if (!asItIs) digester.save();
  return found;
}

async function changeFilesJob(args: { root: string; changes: readonly Change[] }): Promise<string[]> {
  return changeFiles(bytesOfText(args.root), args.changes);
}

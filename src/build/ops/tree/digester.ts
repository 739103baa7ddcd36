import type { PathSelection } from '../../plan/types.ts';
import { digestSelection, type SelectionDigest } from './digest-selection.ts';
import { FileDigests } from './file-digests.ts';
import { lookAtSelection } from './look-at-selection.ts';
import { SelectionMemory } from './selection-memory.ts';
import { SourceTree, type TreeSource } from './source-tree.ts';
import { whileItChanges } from './while-it-changes.ts';

/** Digests selections of a tree with what is remembered of it in files; these are opened only where they are needed. */
export class Digester {
  private readonly source: TreeSource;
  private readonly tree: SourceTree;
  /** Of single files: what keeps it. */
  private readonly memory: string | undefined;
  private readonly selections: SelectionMemory | undefined;
  private opened: FileDigests | undefined;
  private changed = false;
  /** Files of some selection were not looked up. */
  private spared = false;

  /** `memory` keeps digests of files, and beside it those of selections, unless the tree `isOurs`: then others keep these. */
  constructor(source: TreeSource, memory: string | undefined, isOurs: boolean) {
    this.source = source;
    this.tree = new SourceTree(source);
    this.memory = memory;
    if (memory !== undefined && !isOurs)
      this.selections = new SelectionMemory(memory.replace(/\.txt$/, '.selections.json'));
  }

  digest(selection: PathSelection): SelectionDigest {
    const { selections, source, tree } = this;
    const looks = selections && whileItChanges(tree, () => lookAtSelection(tree, selection));
    const known = looks === undefined ? undefined : selections?.recall(source, selection, looks);
    if (known) {
      this.spared = true;
      return known;
    }
    const found = whileItChanges(tree, () => digestSelection(tree, selection, this.files));
    if (looks !== undefined) {
      selections?.remember(source, selection, { ...found, looks });
      this.changed = true;
    }
    return found;
  }

  /** Remembers what was found out. */
  save(): void {
    if (this.memory !== undefined) {
      if (this.spared) this.opened?.keepKnown();
      if (this.opened?.changed) this.opened.save(this.memory);
      else FileDigests.use(this.memory);
    }
    if (this.changed) this.selections?.save();
    else this.selections?.use();
  }

  private get files(): FileDigests {
    this.opened ??= this.memory === undefined ? new FileDigests() : FileDigests.load(this.memory);
    return this.opened;
  }
}

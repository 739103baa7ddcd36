import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOfText } from '../../lib/byte-string.ts';
import { FileDigests } from '../ops/tree/file-digests.ts';
import { SelectionMemory } from '../ops/tree/selection-memory.ts';
import { ContextTree } from './context-tree.ts';
import { Offer } from './offer-memory.ts';
import { type OfferedFiles, receiveOffered } from './receive-offered.ts';

/*
 * <build>/uploads/<name>/
 *   tree/            the files of a context as they came last
 *   digests.txt      their digests (ops/tree/file-digests.ts)
 *   offered          what the client said of them (offer-memory.ts); not there while the files are changed
 *   selections.json  identities of what steps took of them (ops/tree/selection-memory.ts); likewise
 *   partial-<n>      content that is still coming
 */

/** The directory that keeps a context between builds. To be used by one at a time. */
export class KeptContext {
  readonly tree: string;
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    this.tree = join(directory, 'tree');
    mkdirSync(this.tree, { recursive: true, mode: 0o700 });
    this.removePartial();
  }

  /** Changes the files. What is known of them as a whole is forgotten before that. */
  async change<T>(work: (tree: ContextTree) => Promise<T>): Promise<T> {
    Offer.forget(this.offered);
    SelectionMemory.forget(this.tree);
    const memory = join(this.directory, 'digests.txt');
    const digests = FileDigests.load(memory);
    const partial = bytesOfText(join(this.directory, 'partial'));
    const result = await work(new ContextTree(bytesOfText(this.tree), partial, digests));
    digests.save(memory);
    return result;
  }

  /** Brings the files in line with those that are offered. */
  async receive(files: OfferedFiles): Promise<void> {
    if (!('batches' in files)) return this.change((tree) => receiveOffered(files, tree));
    const offer = new Offer(files);
    if (await offer.isKept(this.offered)) return;
    await this.change((tree) => receiveOffered(offer.entries(), tree));
    offer.keep(this.offered);
  }

  /** Removes what was still coming when a client went away. */
  removePartial(): void {
    for (const left of readdirSync(this.directory))
      if (left.startsWith('partial')) rmSync(join(this.directory, left), { force: true });
  }

  private get offered(): string {
    return join(this.directory, 'offered');
  }
}

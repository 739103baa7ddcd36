import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../../../lib/atomic-file.ts';
import { hasCode } from '../../../lib/errors.ts';
import type { PathSelection } from '../../plan/types.ts';
import { canonical } from '../../solve/key.ts';
import type { SelectionDigest } from './digest-selection.ts';
import { FileDigests } from './file-digests.ts';
import type { TreeSource } from './source-tree.ts';

/** More selections are those of Dockerfiles that were built before. */
const MOST = 200;

interface Known extends SelectionDigest {
  /** How the files looked (look-at-selection.ts); absent for those of a tree that only this engine changes. */
  readonly looks?: string;
}

/** Identities of selections of a tree, kept in a file: so files that are as they were need not be read, nor even looked at. */
export class SelectionMemory {
  private readonly path: string;
  private readonly known: Map<string, Known>;

  constructor(path: string) {
    this.path = path;
    this.known = load(this.path);
  }

  /** Beside a tree that a client sent. Who changes the tree forgets it first. */
  static beside(tree: string): SelectionMemory {
    return new SelectionMemory(pathOf(tree));
  }

  recall({ ignore }: TreeSource, selection: PathSelection, looks?: string): SelectionDigest | undefined {
    const known = this.known.get(canonical([ignore, selection]));
    return known && known.looks === looks ? { digest: known.digest, files: known.files } : undefined;
  }

  remember({ ignore }: TreeSource, selection: PathSelection, known: Known): void {
    const key = canonical([ignore, selection]);
    this.known.delete(key);
    this.known.set(key, known);
  }

  save(): void {
    const entries = [...this.known].slice(-MOST);
    replaceFile(this.path, (fd) => writeFileSync(fd, JSON.stringify(entries)));
  }

  /** Notes that what was written is still of use. */
  use(): void {
    FileDigests.use(this.path);
  }

  static forget(tree: string): void {
    rmSync(pathOf(tree), { force: true });
  }
}

const pathOf = (tree: string): string => join(dirname(tree), 'selections.json');

function load(path: string): Map<string, Known> {
  try {
    return new Map(JSON.parse(readFileSync(path, 'utf8')) as [string, Known][]);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return new Map();
    throw error;
  }
}

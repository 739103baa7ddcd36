import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../../../lib/errors.ts';
import type { PathSelection } from '../../plan/types.ts';
import { canonical } from '../../solve/key.ts';
import type { SelectionDigest } from './digest-selection.ts';
import type { TreeSource } from './source-tree.ts';

/** More selections are those of Dockerfiles that were built before. */
const MOST = 200;

/**
 * Identities of selections of a tree that only this engine changes, kept beside it: who changes it forgets them first. So a context that
 * is as it was is not looked at.
 */
export class SelectionMemory {
  private readonly path: string;
  private readonly known: Map<string, SelectionDigest>;

  constructor(tree: string) {
    this.path = pathOf(tree);
    this.known = load(this.path);
  }

  recall({ ignore }: TreeSource, selection: PathSelection): SelectionDigest | undefined {
    return this.known.get(canonical([ignore, selection]));
  }

  remember({ ignore }: TreeSource, selection: PathSelection, digest: SelectionDigest): void {
    this.known.set(canonical([ignore, selection]), digest);
  }

  save(): void {
    const entries = [...this.known].slice(-MOST);
    writeFileSync(`${this.path}.tmp`, JSON.stringify(entries), { mode: 0o600 });
    renameSync(`${this.path}.tmp`, this.path);
  }

  static forget(tree: string): void {
    rmSync(pathOf(tree), { force: true });
  }
}

const pathOf = (tree: string): string => join(dirname(tree), 'selections.json');

function load(path: string): Map<string, SelectionDigest> {
  try {
    return new Map(JSON.parse(readFileSync(path, 'utf8')) as [string, SelectionDigest][]);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return new Map();
    throw error;
  }
}

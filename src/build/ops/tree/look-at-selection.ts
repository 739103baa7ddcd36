import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { PathSelection } from '../../plan/types.ts';
import { GRAIN_MS } from './file-digests.ts';
import { excludes, selectRoots } from './select.ts';
import type { SourceTree } from './source-tree.ts';

/**
 * How selected files look from outside (names, inodes, sizes, times): as long as that is the same, so is their identity. Undefined when one of
 * them changed so lately that it may change again within the clock's grain.
 */
export function lookAtSelection(tree: SourceTree, selection: PathSelection): string | undefined {
  const latest = Date.now() - GRAIN_MS;
  const looks = new Looks();
  for (const { name, entry, kept } of selectRoots(tree, selection)) {
    looks.add(JSON.stringify([kept ?? null, name, entry.path]), entry.stats);
    if (!entry.stats.isDirectory()) continue;
    for (const { path, stats } of tree.walk(entry.path, excludes(entry.path, selection.exclude)))
      looks.add(path, stats);
  }
  return looks.newest < latest ? looks.digest() : undefined;
}

const MEMBERS = 7;
const ENTRIES = 1024;

/** Hashes many at once: numbers as they are in memory, as making text of them takes longest. */
class Looks {
  newest = 0;
  private readonly hash = createHash('sha256');
  private readonly numbers = new Float64Array(MEMBERS * ENTRIES);
  private names = '';
  private count = 0;

  add(name: string, { dev, ino, mode, size, mtimeMs, ctimeMs, rdev }: Stats): void {
    this.numbers.set([dev, ino, mode, size, mtimeMs, ctimeMs, rdev], MEMBERS * this.count);
    this.names += `${name}\0`;
    this.newest = Math.max(this.newest, ctimeMs);
    if ((this.count += 1) === ENTRIES) this.flush();
  }

  digest(): string {
    this.flush();
    return this.hash.digest('hex');
  }

  private flush(): void {
    this.hash.update(this.numbers.subarray(0, MEMBERS * this.count)).update(`${this.names}\n`);
    this.names = '';
    this.count = 0;
  }
}

import { copiesBelow, duplicatesOf } from './duplicates.ts';
import { contentsOf, type FileContent, type HiddenName, MergedTree } from './merged-tree.ts';
import { cacheOf } from './package-caches.ts';
import { scanLayer, type ScannedEntry } from './scan-layer.ts';
import type { FoundCache, HiddenFiles, Hiding, LayerReport, StackReport } from './types.ts';

const LISTED = 20;
const LARGEST = 5;

/** Job: what the layers in these directories are made of, bottom first. */
export function explainStack({ directories }: { directories: readonly string[] }): StackReport {
  return explainScans(directories.map(scanLayer));
}

interface Counts {
  readonly size: number;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
}

/** The same of layers that were read. */
export function explainScans(scans: readonly (readonly ScannedEntry[])[]): StackReport {
  const tree = new MergedTree();
  const hidings = new Hidings();
  const counts = scans.map((entries, layer) => apply(tree, entries, layer, hidings));
  const seen = tree.files();
  const caches = cachesOf(seen, scans.length);
  const duplicates = duplicatesOf(seen);
  const layers = counts.map((count, layer): LayerReport => ({
    ...count,
    hidden: hidings.of(layer),
    caches: caches[layer] ?? [],
  }));
  const hiddenBytes = layers.reduce((sum, { hidden }) => sum + hidden.bytes, 0);
  const cacheBytes = layers.flatMap((layer) => layer.caches).reduce((sum, { bytes }) => sum + bytes, 0);
  const duplicateBytes = duplicates.reduce((sum, { waste }) => sum + waste, 0);
  return {
    layers,
    duplicates: duplicates.slice(0, LISTED),
    copies: copiesBelow(duplicates).slice(0, LISTED),
    hidings: hidings.pairs(),
    waste: hiddenBytes + cacheBytes + duplicateBytes,
  };
}

/** Puts a layer on the tree and counts what that changes. */
function apply(tree: MergedTree, entries: readonly ScannedEntry[], layer: number, hidings: Hidings): Counts {
  const contents = contentsOf(entries, layer);
  const gone = new Map<string, HiddenName>();
  let added = 0;
  let changed = 0;
  for (const { path, kind } of entries) {
    const content = contents.get(path);
    const hidden =
      kind === 'whiteout'
        ? tree.remove(path)
        : kind === 'directory' || kind === 'opaque'
          ? tree.directory(path, kind === 'opaque')
          : tree.put(path, content);
    for (const name of hidden) gone.set(name.path, name);
    if (kind === 'whiteout' || kind === 'directory' || kind === 'opaque') continue;
    const before = gone.get(path);
    gone.delete(path);
    if (!before) added += 1;
    else {
      changed += 1;
      const isAgain =
        content !== undefined && before.content.digest !== '' && before.content.digest === content.digest;
      hidings.note(before, layer, isAgain ? 'again' : 'replaced');
    }
  }
  for (const name of gone.values()) hidings.note(name, layer, 'deleted');
  const size = [...new Set(contents.values())].reduce((sum, content) => sum + content.size, 0);
  return { size, added, changed, deleted: gone.size };
}

/** Which layers hide what of which others. */
class Hidings {
  private readonly hidden: { readonly name: HiddenName; readonly by: number; readonly how: Hiding['how'] }[] =
    [];

  note(name: HiddenName, by: number, how: Hiding['how']): void {
    if (name.content.layer !== by) this.hidden.push({ name, by, how });
  }

  /** Bytes of a file count when it has no name left. */
  of(layer: number): HiddenFiles {
    const names = this.hidden.filter(({ name }) => name.content.layer === layer);
    const contents = new Set(names.map(({ name }) => name.content).filter(({ seen }) => seen === 0));
    const largest = [...contents].toSorted((left, right) => right.size - left.size).slice(0, LARGEST);
    return {
      files: names.length,
      bytes: sizeOf(contents),
      largest: largest.map(({ path }) => `/${path}`),
    };
  }

  pairs(): Hiding[] {
    const counted = new Set<FileContent>();
    const pairs = new Map<
      string,
      { of: number; by: number; how: Hiding['how']; files: number; bytes: number }
    >();
    for (const { name, by, how } of this.hidden) {
      const { content } = name;
      const key = `${content.layer} ${by} ${how}`;
      const pair = pairs.get(key) ?? { of: content.layer, by, how, files: 0, bytes: 0 };
      pair.files += 1;
      if (content.seen === 0 && !counted.has(content)) pair.bytes += content.size;
      counted.add(content);
      pairs.set(key, pair);
    }
    return [...pairs.values()].toSorted((left, right) => right.bytes - left.bytes);
  }
}

const sizeOf = (contents: Iterable<FileContent>): number =>
  [...contents].reduce((sum, { size }) => sum + size, 0);

/** What package managers left, by layer. */
function cachesOf(seen: readonly HiddenName[], layers: number): FoundCache[][] {
  const found = Array.from(
    { length: layers },
    () => new Map<string, { name: string; path: string; files: number; bytes: number }>(),
  );
  const counted = new Set<FileContent>();
  for (const { path, content } of seen) {
    const cache = cacheOf(path);
    if (!cache || content.size === 0) continue;
    const caches = found[content.layer];
    const sum = caches?.get(cache.path) ?? { ...cache, files: 0, bytes: 0 };
    sum.files += 1;
    if (!counted.has(content)) sum.bytes += content.size;
    counted.add(content);
    caches?.set(cache.path, sum);
  }
  return found.map((caches) => [...caches.values()].toSorted((left, right) => right.bytes - left.bytes));
}

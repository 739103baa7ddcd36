import { linkSync, lstatSync, lutimesSync, mkdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { makeNode, splitDevice } from '../../../kernel/mknod.ts';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { invalid } from '../../../lib/errors.ts';
import { fileTime } from '../../../lib/file-time.ts';
import type { PathSelection } from '../../plan/types.ts';
import { type Owner, setAttributes, type Wanted } from './attributes.ts';
import { clearTheWay, copyFile, type FileCopy, fileCopy } from './copy-file.ts';
import { CopyLanes } from './copy-lanes.ts';
import { makeDirectories } from './make-directories.ts';
import type { Mode } from './mode.ts';
import { resolvePath } from './resolve-path.ts';
import { excludes, type SelectedRoot, selectRoots } from './select.ts';
import type { SourceTree, TreeEntry } from './source-tree.ts';
import { whileItChanges } from './while-it-changes.ts';

export interface CopyTarget {
  /** The file system that is changed. */
  readonly root: ByteString;
  /** Absolute; a slash at the end says that it is a directory. */
  readonly destination: ByteString;
  readonly owner: Owner | undefined;
  readonly mode: Mode | undefined;
  /** Of directories that have to be made. */
  readonly directoryMode: number;
  readonly severalSources: boolean;
}

const root: Owner = { uid: 0, gid: 0 };

/** COPY: puts what a source path means into a file system, by BuildKit's rules for directories. */
export function copySelection(tree: SourceTree, selection: PathSelection, target: CopyTarget): void {
  const roots = selectRoots(tree, selection);
  if (roots.length === 0) {
    // what --parents looks for is below a directory, which is copied whatever it has
    if (selection.parents) makeDirectories(target.root, target.destination, madeBy(target));
    return;
  }
  const place = prepare(
    target,
    roots.some(({ entry }) => !entry.stats.isDirectory()) && (target.severalSources || roots.length > 1),
  );
  using copier = new Copier(tree, target);
  whileItChanges(tree, () => {
    for (const selected of roots) copier.copyRoot(selected, place, selection.exclude);
  });
}

const madeBy = ({ owner = root, directoryMode }: CopyTarget): { owner: Owner; mode: number } => ({
  owner,
  mode: directoryMode,
});

/** Makes what is above the destination; returns its place. */
export function prepare(target: CopyTarget, mustBeDirectory: boolean): ByteString {
  const { root: base, destination } = target;
  const isDirectory = destination.endsWith('/');
  makeDirectories(base, isDirectory ? destination : posix.dirname(destination), madeBy(target));
  const place = resolvePath(base, destination);
  if (mustBeDirectory && !isDirectory && !isDirectoryAt(`${base}/${place}`))
    throw invalid(
      'When using COPY with more than one source file, the destination must be a directory and end with a /',
    );
  return place;
}

export function isDirectoryAt(path: ByteString): boolean {
  return statSync(asPath(path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

class Copier implements Disposable {
  private readonly tree: SourceTree;
  private readonly target: CopyTarget;
  /** Copies by device and inode of their source: hard links stay hard links. */
  private readonly links = new Map<string, ByteString>();
  private readonly lanes = new CopyLanes();

  constructor(tree: SourceTree, target: CopyTarget) {
    this.tree = tree;
    this.target = target;
  }

  [Symbol.dispose](): void {
    this.lanes[Symbol.dispose]();
  }

  copyRoot({ name, entry, kept }: SelectedRoot, place: ByteString, exclude: readonly string[]): void {
    const isDirectory = entry.stats.isDirectory();
    if (kept !== undefined) {
      const path = join(this.keepParents(kept, entry, place), posix.basename(name));
      if (isDirectory) this.copyContents(entry, this.enter(entry, path), exclude);
      else this.copyNode(entry, path);
    } else if (isDirectory) {
      const made = this.makeDirectory(place);
      this.copyContents(entry, made, exclude);
      const { atimeMs, mtimeMs } = entry.stats;
      if (made !== '')
        lutimesSync(asPath(this.full(made)), fileTime(atimeMs / 1000), fileTime(mtimeMs / 1000));
    } else this.copyNode(entry, isDirectoryAt(this.full(place)) ? join(place, posix.basename(name)) : place);
  }

  private copyContents(directory: TreeEntry, into: ByteString, exclude: readonly string[]): void {
    const start = directory.path === '' ? 0 : directory.path.length + 1;
    const times: { entry: TreeEntry; path: ByteString }[] = [];
    for (const entry of this.tree.walk(directory.path, excludes(directory.path, exclude))) {
      const path = join(into, entry.path.slice(start));
      if (entry.stats.isDirectory()) {
        this.enterDirectory(path);
        times.push({ entry, path });
      } else if (entry.stats.isFile() && entry.stats.nlink === 1) this.lanes.add(this.fileCopy(entry, path));
      else this.copyNode(entry, path);
    }
    this.lanes.finish();
    for (const { entry, path } of times.toReversed()) this.finish(entry, path);
  }

  /** --parents: the directories above the source, with their own modes. */
  private keepParents(kept: ByteString, entry: TreeEntry, place: ByteString): ByteString {
    const base = this.makeDirectory(place);
    if (kept === '') return base;
    const above = posix.dirname(entry.path);
    const prefix = above.endsWith(kept) ? above.slice(0, above.length - kept.length) : '';
    let path = '';
    for (const name of kept.split('/')) {
      path = path === '' ? name : `${path}/${name}`;
      const source = this.tree.entry(`${prefix}${path}`);
      if (source?.stats.isDirectory()) this.enter(source, join(base, path));
      else this.makeDirectory(join(base, path));
    }
    return join(base, kept);
  }

  private enter(entry: TreeEntry, path: ByteString): ByteString {
    if (this.enterDirectory(path)) this.finish(entry, path);
    return path;
  }

  private makeDirectory(path: ByteString): ByteString {
    const { owner = root, directoryMode, root: base } = this.target;
    if (lstatSync(asPath(this.full(path)), { throwIfNoEntry: false })?.isFile())
      throw invalid(`cannot copy to non-directory: /${textOfBytes(path)}`);
    return makeDirectories(base, path, { owner, mode: directoryMode });
  }

  /** Whether it had to be made. */
  private enterDirectory(path: ByteString): boolean {
    const full = asPath(this.full(path));
    const there = lstatSync(full, { throwIfNoEntry: false });
    if (there && !there.isDirectory()) throw invalid(`cannot copy to non-directory: /${textOfBytes(path)}`);
    if (!there) mkdirSync(full);
    return !there;
  }

  private copyNode(entry: TreeEntry, path: ByteString): void {
    const { stats } = entry;
    const full = this.full(path);
    const earlier = stats.nlink > 1 ? this.links.get(`${stats.dev}:${stats.ino}`) : undefined;
    if (earlier === undefined && stats.nlink > 1) this.links.set(`${stats.dev}:${stats.ino}`, full);
    if (earlier === undefined && stats.isFile()) return copyFile(this.fileCopy(entry, path));
    clearTheWay(full, path);
    if (earlier !== undefined) return linkSync(asPath(earlier), asPath(full));
    const source = this.tree.pathOf(entry.path);
    if (stats.isSymbolicLink())
      symlinkSync(readlinkSync(asPath(source), { encoding: 'buffer' }), asPath(full));
    else makeSpecial(full, stats.mode, stats.rdev);
    this.finish(entry, path);
  }

  private fileCopy({ path, stats }: TreeEntry, shown: ByteString): FileCopy {
    return fileCopy(this.tree.pathOf(path), { target: this.full(shown), shown }, stats, this.wanted(stats));
  }

  private finish({ path, stats }: TreeEntry, target: ByteString): void {
    setAttributes(this.tree.pathOf(path), this.full(target), stats, this.wanted(stats));
  }

  private wanted({ uid, gid }: TreeEntry['stats']): Wanted {
    const { owner, mode } = this.target;
    const { isContext } = this.tree;
    return { owner: owner ?? (isContext ? root : { uid, gid }), mode, hasXattrs: !isContext };
  }

  private full(path: ByteString): ByteString {
    return path === '' ? this.target.root : `${this.target.root}/${path}`;
  }
}

const join = (directory: ByteString, name: ByteString): ByteString =>
  directory === '' ? name : name === '' ? directory : `${directory}/${name}`;

function makeSpecial(path: ByteString, mode: number, rdev: number): void {
  const { major, minor } = splitDevice(rdev);
  makeNode(path, mode, major, minor);
}

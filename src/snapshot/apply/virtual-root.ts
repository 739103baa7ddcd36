import type { ByteString } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { textOfBytes } from '../../lib/byte-string.ts';

const DIRECTORY = 'd';
const OTHER = 'o';
const SYMLINK = 's';
const MAX_LINKS = 40;
/** What all names of a layer together may need in memory: some three million of usual ones. */
const MAX_HELD = 400 << 20;
/** Bytes that a name needs beside its own. */
const OVERHEAD = 80;

/**
 * The tree that a layer's archive makes, in memory. The target is a fresh directory that only this archive writes to, so names can be
 * resolved here as chroot(2) would resolve them there, and whoever extracts never has to walk through a symlink.
 */
export class VirtualRoot {
  /** By physical path: a kind, or SYMLINK and its target. */
  private readonly nodes = new Map<ByteString, string>([['', DIRECTORY]]);
  private held = 0;
  /** Symlinks followed for the name at hand. */
  private links = 0;

  /** The physical path of a clean name: its directories resolved, its last part as it is. */
  locate(name: ByteString): ByteString {
    const slash = name.lastIndexOf('/');
    if (slash < 0) return name;
    const directory = name.slice(0, slash);
    if (this.nodes.get(directory) === DIRECTORY) return name;
    this.links = 0;
    return joinPath(this.resolve(directory), name.slice(slash + 1));
  }

  has(path: ByteString): boolean {
    return this.nodes.has(path);
  }

  isDirectory(path: ByteString): boolean {
    return this.nodes.get(path) === DIRECTORY;
  }

  addDirectory(path: ByteString): void {
    this.add(path, DIRECTORY);
  }

  addSymlink(path: ByteString, target: ByteString): void {
    this.add(path, SYMLINK + target);
  }

  addOther(path: ByteString): void {
    this.add(path, OTHER);
  }

  /** Counts what a layer makes us keep; throws when it is too much. */
  hold(bytes: number): void {
    this.held += bytes;
    if (this.held > MAX_HELD)
      throw invalid(`invalid layer: its names and attributes need more than ${MAX_HELD >> 20} MiB`);
  }

  /** An extractor makes missing parents by itself. */
  private add(path: ByteString, node: string): void {
    this.hold(path.length + node.length + OVERHEAD);
    this.nodes.set(path, node);
    for (let parent = parentOf(path); !this.nodes.has(parent); parent = parentOf(parent))
      this.nodes.set(parent, DIRECTORY);
  }

  private resolve(directory: ByteString): ByteString {
    let path = '';
    for (const part of directory.split('/')) {
      if (part === '' || part === '.') continue;
      path = part === '..' ? parentOf(path) : this.descend(path, part);
    }
    return path;
  }

  private descend(path: ByteString, part: ByteString): ByteString {
    const next = joinPath(path, part);
    const node = this.nodes.get(next);
    if (node === DIRECTORY || node === undefined) return next;
    if (node === OTHER) throw invalid(`not a directory: ${JSON.stringify(textOfBytes(next))}`);
    this.links += 1;
    if (this.links > MAX_LINKS)
      throw invalid(`too many levels of symbolic links: ${JSON.stringify(textOfBytes(next))}`);
    const target = node.slice(SYMLINK.length);
    return this.resolve(target.startsWith('/') ? target : joinPath(path, target));
  }
}

export const parentOf = (path: ByteString): ByteString => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const baseOf = (path: ByteString): ByteString => path.slice(path.lastIndexOf('/') + 1);
export const joinPath = (directory: ByteString, name: ByteString): ByteString =>
  directory === '' ? name : `${directory}/${name}`;

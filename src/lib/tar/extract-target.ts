import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { asPath, textOfBytes, type ByteString } from '../byte-string.ts';
import { hasCode, invalid } from '../errors.ts';
import { fileTime } from '../file-time.ts';
import { makeDirectory, PathError, pathIn, type RootedDirectory } from '../rooted-path.ts';
import type { TarEntry } from './entry.ts';
import type { ExtractOptions } from './extract.ts';
import { FileWriter } from './file-writer.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const O_PATH = 0o10000000;
const MAX_OPEN = 16;

type Kind = 'directory' | 'other' | undefined;

/** Puts members with clean names at their places in a tree. Each is reached through the open directory that it is in. */
export class ExtractTarget implements Disposable {
  private readonly root: RootedDirectory;
  private readonly options: ExtractOptions;
  /** Directories in use, by the name that the archive gives them; forgotten when a name may have got another meaning. */
  private readonly open = new Map<ByteString, number>();
  /** Something was removed: what is open may no longer be what its name means. */
  private isStale = false;
  /** In use by the member at hand. */
  private pinned = -1;
  private readonly times: TarEntry[] = [];

  constructor(root: RootedDirectory, options: ExtractOptions) {
    this.root = root;
    this.options = options;
  }

  /** Returns where a file's content goes. */
  place(entry: TarEntry): FileWriter | undefined {
    if (entry.name === '') return this.placeRoot(entry);
    if (this.makesNothing(entry)) {
      this.options.onLeftOut?.(entry.name);
      return undefined;
    }
    if (this.isStale) this.forget();
    this.pinned = this.directory(parentOf(entry.name));
    const path = pathIn(this.pinned, baseOf(entry.name));
    const existing = kindAt(path);
    this.makeWay(path, existing, entry);
    if (entry.type === 'file') return this.placeFile(path, entry);
    if (entry.type === 'directory') this.placeDirectory(path, existing, entry);
    else if (entry.type === 'symlink') this.placeSymlink(path, entry);
    else if (entry.type === 'hardlink') this.placeHardLink(path, entry);
    else this.placeNode(path, entry);
    return undefined;
  }

  /** Last of all: making things in a directory changed its time. */
  finish(): void {
    for (const entry of this.times.reverse()) {
      const fd = this.openAgain(entry.name);
      if (fd === undefined) continue;
      utimesSync(`/proc/self/fd/${fd}/.`, timeOf(entry), timeOf(entry));
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    this.forget();
  }

  /** The member `.`: the directory that all goes into keeps its own mode, as in Docker. */
  private placeRoot(entry: TarEntry): undefined {
    if (entry.type !== 'directory') throw invalid('invalid tar archive: its root is not a directory');
    this.directory('');
  }

  private directory(name: ByteString): number {
    const known = this.open.get(name);
    if (known !== undefined) return known;
    if (this.open.size >= MAX_OPEN) this.closeOne();
    const fd = this.root.openDirectory(this.inRoot(name), (missing) => this.makeMissing(missing));
    this.open.set(name, fd);
    return fd;
  }

  /** A directory made before; undefined when a later member put something else there. */
  private openAgain(name: ByteString): number | undefined {
    try {
      return this.root.openDirectory(this.inRoot(name));
    } catch (error) {
      if (error instanceof PathError) return undefined;
      throw error;
    }
  }

  private inRoot(name: ByteString): ByteString {
    return `${this.options.into ?? ''}/${name}`;
  }

  private makeMissing(path: ByteString): void {
    try {
      makeDirectory(path);
      const { owner } = this.options;
      if (typeof owner === 'object') lchownSync(asPath(path), owner.uid, owner.gid);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }

  private closeOne(): void {
    const found = this.open.entries().find(([, fd]) => fd !== this.pinned);
    if (!found) return;
    this.open.delete(found[0]);
    closeSync(found[1]);
  }

  private forget(): void {
    this.isStale = false;
    for (const fd of this.open.values()) closeSync(fd);
    this.open.clear();
  }

  private makesNothing({ type }: TarEntry): boolean {
    const isNode = type === 'character' || type === 'block' || type === 'fifo';
    return isNode && (this.options.allowDevices === false || !this.options.calls);
  }

  private makeWay(path: ByteString, existing: Kind, { type, name }: TarEntry): void {
    if (existing === undefined || (existing === 'directory' && type === 'directory')) return;
    const [isDirectory, wasDirectory] = [type === 'directory', existing === 'directory'];
    if (this.options.keepKinds && isDirectory !== wasDirectory) throw differentKind(name, isDirectory);
    this.isStale = true;
    if (wasDirectory) rmSync(asPath(path), { recursive: true });
    else unlinkSync(asPath(path));
  }

  private placeDirectory(path: ByteString, existing: Kind, entry: TarEntry): void {
    if (existing === undefined || kindAt(path) === undefined) mkdirSync(asPath(path), 0o700);
    const fd = openDirectoryAt(path);
    if (fd === undefined)
      throw invalid(`cannot extract ${JSON.stringify(textOfBytes(entry.name))}: it was replaced`);
    try {
      this.own(entry, (uid, gid) => fchownSync(fd, uid, gid));
      fchmodSync(fd, entry.mode);
    } finally {
      closeSync(fd);
    }
    this.writeXattrs(path, entry);
    this.times.push(entry);
  }

  private placeFile(path: ByteString, entry: TarEntry): FileWriter {
    const fd = openSync(asPath(path), CREATE, 0o600);
    return new FileWriter(fd, entry.sparse, () => {
      this.own(entry, (uid, gid) => fchownSync(fd, uid, gid));
      fchmodSync(fd, entry.mode);
      this.writeXattrs(path, entry);
      futimesSync(fd, timeOf(entry), timeOf(entry));
    });
  }

  private placeSymlink(path: ByteString, entry: TarEntry): void {
    symlinkSync(asPath(entry.linkName), asPath(path));
    this.own(entry, (uid, gid) => lchownSync(asPath(path), uid, gid));
    lutimesSync(asPath(path), timeOf(entry), timeOf(entry));
  }

  private placeHardLink(path: ByteString, entry: TarEntry): void {
    const from = pathIn(this.directory(parentOf(entry.linkName)), baseOf(entry.linkName));
    if (kindAt(from) !== 'other') {
      const [name, target] = [entry.name, entry.linkName].map((it) => JSON.stringify(textOfBytes(it)));
      throw invalid(`cannot extract ${name}: its hard link target ${target} does not exist`);
    }
    linkSync(asPath(from), asPath(path));
  }

  private placeNode(path: ByteString, entry: TarEntry): void {
    const { type, mode, device } = entry;
    if (type !== 'character' && type !== 'block' && type !== 'fifo') return;
    this.options.calls?.makeNode(path, type, mode, device?.major ?? 0, device?.minor ?? 0);
    const fd = openSync(asPath(path), O_PATH | constants.O_NOFOLLOW);
    try {
      this.own(entry, (uid, gid) => lchownSync(asPath(path), uid, gid));
      if (!fstatSync(fd).isSymbolicLink()) chmodSync(`/proc/self/fd/${fd}`, mode);
    } finally {
      closeSync(fd);
    }
    lutimesSync(asPath(path), timeOf(entry), timeOf(entry));
  }

  private own(entry: TarEntry, change: (uid: number, gid: number) => void): void {
    const { owner = 'archive' } = this.options;
    if (owner === 'archive') change(entry.uid, entry.gid);
    else if (owner !== 'self') change(owner.uid, owner.gid);
  }

  /** A file system that has no attributes, or not these, is no error. */
  private writeXattrs(path: ByteString, entry: TarEntry): void {
    if (this.options.stripXattrs || !this.options.calls) return;
    for (const [name, value] of entry.xattrs) {
      if (name.startsWith('trusted.')) continue;
      try {
        this.options.calls.writeXattr(path, name, value);
      } catch (error) {
        if (!hasCode(error, 'ENOTSUP', 'EOPNOTSUPP', 'EPERM')) throw error;
      }
    }
  }
}

const parentOf = (path: ByteString): ByteString => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const baseOf = (path: ByteString): ByteString => path.slice(path.lastIndexOf('/') + 1);
const timeOf = (entry: TarEntry): number | Date => fileTime(entry.mtime + entry.mtimeNanos / 1e9);

function kindAt(path: ByteString): Kind {
  const stats = lstatSync(asPath(path), { throwIfNoEntry: false });
  return stats && (stats.isDirectory() ? 'directory' : 'other');
}

function openDirectoryAt(path: ByteString): number | undefined {
  try {
    return openSync(asPath(path), OPEN_DIRECTORY);
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'ELOOP', 'ENOENT')) return undefined;
    throw error;
  }
}

/** Docker's words. */
function differentKind(name: ByteString, isDirectory: boolean): Error {
  const [from, to] = isDirectory ? ['non-directory', 'directory'] : ['directory', 'non-directory'];
  const text = JSON.stringify(textOfBytes(name));
  return invalid(`cannot overwrite ${from} ${text} with ${to} ${text}`);
}

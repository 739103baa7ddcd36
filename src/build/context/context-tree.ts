import { createHash, type Hash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { makeNode, S_IFIFO } from '../../kernel/mknod.ts';
import { asPath, type ByteString, textOfBytes } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { fileTime } from '../../lib/file-time.ts';
import type { FileDigests } from '../ops/tree/file-digests.ts';

export interface ContextMeta {
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

type Kind = 'directory' | 'file' | 'symlink' | 'FIFO';

/**
 * A directory that is brought in line with a context as its members come: what is there with the same content is left alone, as making
 * a file costs far more than comparing one. Names are clean, relative byte strings; nothing is reached through a symlink. Nobody else
 * may change the directory meanwhile.
 */
export class ContextTree {
  private readonly root: ByteString;
  private readonly partial: ByteString;
  private readonly digests: FileDigests;
  private readonly seen = new Map<ByteString, Kind>();
  private readonly directories = new Map<ByteString, ContextMeta>();
  private opened = 0;

  /** `partial` begins the names of files beside the directory for content that is still coming. */
  constructor(root: ByteString, partial: ByteString, digests: FileDigests) {
    this.root = root;
    this.partial = partial;
    this.digests = digests;
  }

  directory(name: ByteString, meta: ContextMeta): void {
    this.claim(name, 'directory');
    this.directories.set(name, meta);
  }

  /** A file whose whole content is at hand. */
  file(name: ByteString, meta: ContextMeta, content: Uint8Array): void {
    const digest = createHash('sha256').update(content).digest('hex');
    if (!this.keep(name, meta, content.length, digest)) {
      const path = this.replace(name, 'file');
      const fd = openSync(asPath(path), 'wx', 0o600);
      try {
        for (let at = 0; at < content.length;) at += writeSync(fd, content, at);
      } finally {
        closeSync(fd);
      }
      this.settle(path, meta, digest);
    }
  }

  /** Takes a file that is there with this size, mode and time for the one that would come; false when it must come. */
  keepFile(name: ByteString, meta: ContextMeta, size: number): boolean {
    const stats = this.current(name);
    if (!stats?.isFile() || stats.nlink !== 1 || stats.size !== size || !isSettled(stats, meta)) return false;
    const digest = this.digests.recall(stats);
    if (digest === undefined) return false;
    this.claim(name, 'file');
    this.digests.remember(stats, digest);
    return true;
  }

  /** A file whose content comes in pieces; several may be open. */
  openFile(name: ByteString, meta: ContextMeta): OpenContextFile {
    const partial = `${this.partial}-${(this.opened += 1)}`;
    rmSync(asPath(partial), { force: true });
    return new OpenContextFile(openSync(asPath(partial), 'wx', 0o600), (size, digest) => {
      if (digest !== undefined && this.keep(name, meta, size, digest)) return rmSync(asPath(partial));
      const path = this.replace(name, 'file');
      renameSync(asPath(partial), asPath(path));
      this.settle(path, meta, digest);
    });
  }

  symlink(name: ByteString, target: ByteString, mtime: number): void {
    const stats = this.current(name);
    const isSame =
      stats?.isSymbolicLink() && readlinkSync(asPath(this.pathOf(name)), { encoding: 'latin1' }) === target;
    if (isSame) this.claim(name, 'symlink');
    else symlinkSync(asPath(target), asPath(this.replace(name, 'symlink')));
    lutimesSync(asPath(this.pathOf(name)), fileTime(mtime), fileTime(mtime));
  }

  fifo(name: ByteString, meta: ContextMeta): void {
    if (this.current(name)?.isFIFO()) this.claim(name, 'FIFO');
    else makeNode(this.replace(name, 'FIFO'), S_IFIFO | 0o600);
    this.settle(this.pathOf(name), meta, undefined);
  }

  /** A second name of a file that came before. */
  link(name: ByteString, target: ByteString): void {
    if (this.seen.get(target) !== 'file')
      throw invalid(
        `invalid build context: ${quote(name)} links to ${quote(target)}, which is not a file before it`,
      );
    if (name === target) return;
    const stats = this.current(name);
    const of = lstatSync(asPath(this.pathOf(target)));
    if (stats?.isFile() && stats.ino === of.ino) this.claim(name, 'file');
    else linkSync(asPath(this.pathOf(target)), asPath(this.replace(name, 'file')));
  }

  /** The context is complete: removes what it does not have, gives directories their modes and times. */
  finish(): void {
    this.removeUnseen('');
    for (const [name, meta] of [...this.directories].toReversed())
      if (this.seen.get(name) === 'directory') this.settle(this.pathOf(name), meta, undefined);
  }

  private pathOf(name: ByteString): ByteString {
    return `${this.root}/${name}`;
  }

  /** What is at a place whose directories are real ones; undefined when it came in this context already. */
  private current(name: ByteString): Stats | undefined {
    this.claimParents(name);
    if (this.seen.has(name)) return undefined;
    return lstatSync(asPath(this.pathOf(name)), { throwIfNoEntry: false });
  }

  /** Whether a file is there with this content; then it gets mode and time. */
  private keep(name: ByteString, meta: ContextMeta, size: number, digest: string): boolean {
    const stats = this.current(name);
    if (!stats?.isFile() || stats.nlink !== 1 || stats.size !== size || this.digests.recall(stats) !== digest)
      return false;
    this.claim(name, 'file');
    if (isSettled(stats, meta)) this.digests.remember(stats, digest);
    else this.settle(this.pathOf(name), meta, digest);
    return true;
  }

  private settle(path: ByteString, { mode, mtime }: ContextMeta, digest: string | undefined): void {
    const before = lstatSync(asPath(path));
    if (!isSettled(before, { mode, mtime })) {
      chmodSync(asPath(path), mode);
      lutimesSync(asPath(path), fileTime(mtime), fileTime(mtime));
    }
    if (digest !== undefined) this.digests.remember(lstatSync(asPath(path)), digest);
  }

  /** Removes whatever is at a place and takes it. */
  private replace(name: ByteString, kind: Kind): ByteString {
    this.claimParents(name);
    const path = this.pathOf(name);
    rmSync(asPath(path), { recursive: true, force: true });
    if (this.seen.get(name) === 'directory')
      for (const other of this.seen.keys()) if (other.startsWith(`${name}/`)) this.seen.delete(other);
    this.seen.set(name, kind);
    return path;
  }

  /** Takes a place for what is there, or for a directory. */
  private claim(name: ByteString, kind: Kind): void {
    this.claimParents(name);
    if (kind === 'directory' && this.seen.get(name) !== 'directory') this.ensureDirectory(name);
    this.seen.set(name, kind);
  }

  private ensureDirectory(name: ByteString): void {
    const path = this.pathOf(name);
    if (!this.seen.has(name) && lstatSync(asPath(path), { throwIfNoEntry: false })?.isDirectory()) return;
    mkdirSync(asPath(this.replace(name, 'directory')));
  }

  private claimParents(name: ByteString): void {
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      const parent = name.slice(0, slash);
      const kind = this.seen.get(parent);
      if (kind === 'directory') continue;
      if (kind !== undefined)
        throw invalid(
          `invalid build context: ${quote(name)} goes through ${quote(parent)}, which is a ${kind}`,
        );
      this.ensureDirectory(parent);
      this.seen.set(parent, 'directory');
    }
  }

  private removeUnseen(directory: ByteString): void {
    for (const entry of readdirSync(asPath(`${this.root}/${directory}`), { encoding: 'latin1' })) {
      const name = directory === '' ? entry : `${directory}/${entry}`;
      const kind = this.seen.get(name);
      if (kind === undefined) rmSync(asPath(this.pathOf(name)), { recursive: true });
      else if (kind === 'directory') this.removeUnseen(name);
    }
  }
}

/** Content on its way into a file. */
export class OpenContextFile {
  readonly fd: number;
  private readonly done: (size: number, digest: string | undefined) => void;
  private readonly hash: Hash = createHash('sha256');
  private size = 0;

  constructor(fd: number, done: (size: number, digest: string | undefined) => void) {
    this.fd = fd;
    this.done = done;
  }

  write(piece: Uint8Array): void {
    this.hash.update(piece);
    this.size += piece.length;
    for (let at = 0; at < piece.length;) at += writeSync(this.fd, piece, at);
  }

  finish(): void {
    closeSync(this.fd);
    this.done(this.size, this.hash.digest('hex'));
  }

  /** The rest does not come. */
  abandon(): void {
    closeSync(this.fd);
  }

  /** What was written to `fd` past `write` (a sparse file): its digest is not known. */
  finishUnhashed(): void {
    closeSync(this.fd);
    this.done(0, undefined);
  }
}

const isSettled = (stats: Stats, { mode, mtime }: ContextMeta): boolean =>
  (stats.mode & 0o7777) === mode && Math.abs(stats.mtimeMs - mtime * 1000) < 1;

const quote = (name: ByteString): string => JSON.stringify(textOfBytes(name).slice(0, 200));

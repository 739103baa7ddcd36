import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { asPath, bytesOfText, type ByteString } from '../byte-string.ts';
import { hasCode } from '../errors.ts';
import { encodeHeader } from './encode.ts';
import { makeEntry, paddingOf, trailer, type TarEntry, type TarType } from './entry.ts';

export interface PackOptions {
  /** Name of `path` itself in the archive; absent: only what is in it, by names relative to it. */
  readonly name?: ByteString;
  /** Reads extended attributes; absent: none are written. */
  readonly readXattrs?: (path: ByteString) => ReadonlyMap<string, ByteString> | undefined;
  /** What is written for an entry: itself, changed, with others before it, or nothing (then also nothing of what is below it). */
  readonly rewrite?: (entry: TarEntry) => readonly TarEntry[];
  /** Names that are left out with all below them, without being looked at. */
  readonly skip?: (name: ByteString) => boolean;
  /** Told of sockets, which archives can't hold. */
  readonly onSocket?: (path: ByteString) => void;
  /** Told of large files with holes, which are written with zeros in their place. */
  readonly onSparse?: (name: ByteString) => void;
  /**
   * Others may change the tree meanwhile: directories are walked by descriptor, so that one which becomes a symlink does not lead
   * elsewhere. Default true.
   */
  readonly live?: boolean;
  /** The buffer of a chunk is used again when the next one is asked for. */
  readonly reuseChunks?: boolean;
}

const CHUNK = 256 << 10;
/** Holes in smaller files are not worth a word. */
const SPARSE = 1 << 20;

/**
 * Writes a directory (or file) as an archive: entries sorted by name, so that equal trees make equal bytes; times in whole seconds.
 * A file that shrinks meanwhile is filled with zeros; one that goes away is left out.
 */
export function packTree(path: string, options: PackOptions = {}): Generator<Buffer> {
  return packTreeAt(bytesOfText(path), options);
}

/** The same for a path in bytes. */
export function* packTreeAt(path: ByteString, options: PackOptions = {}): Generator<Buffer> {
  const packer = new TreePacker(options);
  if (options.name === undefined) yield* packer.children(path, '');
  else yield* packer.node(path, options.name);
  yield* packer.end();
}

class TreePacker {
  private readonly options: PackOptions;
  private readonly links = new Map<string, ByteString>();
  private chunk = Buffer.allocUnsafeSlow(CHUNK);
  private filled = 0;

  constructor(options: PackOptions) {
    this.options = options;
  }

  *children(path: ByteString, prefix: ByteString): Generator<Buffer> {
    const fd = this.options.live === false ? undefined : openDirectory(path);
    if (fd === 'gone') return;
    const directory = fd === undefined ? path : `/proc/self/fd/${fd}`;
    try {
      const names = readdirSync(asPath(directory), { encoding: 'latin1' }).sort();
      for (const name of names)
        yield* this.node(
          `${directory}/${name}`,
          prefix === '' || prefix === '/' ? prefix + name : `${prefix}/${name}`,
        );
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  *node(path: ByteString, name: ByteString): Generator<Buffer> {
    if (this.options.skip?.(name)) return;
    const stats = lstatSync(asPath(path), { throwIfNoEntry: false });
    if (!stats) return;
    const type = typeOf(stats);
    if (type === 'file') return yield* this.file(path, name);
    if (type) yield* this.other(path, name, type, stats);
    else this.options.onSocket?.(path);
  }

  *end(): Generator<Buffer> {
    yield* this.put(trailer);
    if (this.filled > 0) yield this.take();
  }

  private *other(path: ByteString, name: ByteString, type: TarType, stats: Stats): Generator<Buffer> {
    const earlier = type === 'directory' ? undefined : this.earlierLink(path, name, type, stats);
    const entry = unlessGone(() => this.describe(path, name, type, stats, earlier));
    const isWritten = entry && (yield* this.header(entry));
    if (isWritten && type === 'directory') yield* this.children(path, name);
  }

  private *file(path: ByteString, name: ByteString): Generator<Buffer> {
    const fd = openFile(path);
    if (fd === undefined) return;
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) return;
      const earlier = this.earlierLink(path, name, 'file', stats);
      const entry = unlessGone(() => this.describe(path, name, 'file', stats, earlier));
      const isWritten = entry && (yield* this.header(entry));
      if (!isWritten || earlier !== undefined) return;
      if (stats.size >= SPARSE && stats.blocks * 512 < stats.size) this.options.onSparse?.(name);
      yield* this.body(fd, stats.size);
    } finally {
      closeSync(fd);
    }
  }

  private *header(entry: TarEntry): Generator<Buffer, boolean> {
    const written = this.options.rewrite?.(entry) ?? [entry];
    for (const it of written) yield* this.put(encodeHeader(it));
    return written.length > 0;
  }

  private describe(
    path: ByteString,
    name: ByteString,
    type: TarType,
    stats: Stats,
    earlier: ByteString | undefined,
  ): TarEntry {
    const xattrs = type === 'symlink' || earlier !== undefined ? undefined : this.options.readXattrs?.(path);
    return makeEntry({
      name,
      type: earlier === undefined ? type : 'hardlink',
      linkName: earlier ?? (type === 'symlink' ? readlinkSync(asPath(path), { encoding: 'latin1' }) : ''),
      size: type === 'file' && earlier === undefined ? stats.size : 0,
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      mtime: Math.floor(stats.mtimeMs / 1000),
      ...((type === 'character' || type === 'block') && { device: splitDevice(stats.rdev) }),
      ...(xattrs && { xattrs }),
    });
  }

  /** The name under which the same file was written before. Inode numbers of overlays need all 64 bits. */
  private earlierLink(
    path: ByteString,
    name: ByteString,
    type: TarType,
    stats: Stats,
  ): ByteString | undefined {
    const isWhiteout = type === 'character' && stats.rdev === 0;
    if (stats.nlink < 2 || isWhiteout) return undefined;
    const exact = lstatSync(asPath(path), { bigint: true, throwIfNoEntry: false });
    if (!exact) return undefined;
    const key = `${exact.dev}:${exact.ino}`;
    const earlier = this.links.get(key);
    if (earlier === undefined) this.links.set(key, name);
    return earlier;
  }

  private *body(fd: number, size: number): Generator<Buffer> {
    for (let left = size; left > 0;) {
      if (this.filled === CHUNK) yield this.take();
      const wanted = Math.min(left, CHUNK - this.filled);
      let count = readSync(fd, this.chunk, this.filled, wanted, null);
      if (count === 0) {
        this.chunk.fill(0, this.filled, this.filled + wanted);
        count = wanted;
      }
      this.filled += count;
      left -= count;
    }
    const padding = paddingOf(size);
    if (padding > 0) yield* this.put(trailer.subarray(0, padding));
  }

  private *put(bytes: Uint8Array): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      if (this.filled === CHUNK) yield this.take();
      const count = Math.min(bytes.length - at, CHUNK - this.filled);
      this.chunk.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
    }
  }

  private take(): Buffer {
    const full = this.chunk.subarray(0, this.filled);
    if (!this.options.reuseChunks) this.chunk = Buffer.allocUnsafeSlow(CHUNK);
    this.filled = 0;
    return full;
  }
}

/** Undefined for sockets. */
function typeOf(stats: Stats): TarType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : undefined;
}

export function splitDevice(rdev: number): { major: number; minor: number } {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}

const NO_FOLLOW = constants.O_RDONLY | constants.O_NOFOLLOW;

/** Non-blocking: a FIFO that takes the file's place must not stop us. */
function openFile(path: ByteString): number | undefined {
  return openUnlessGone(path, NO_FOLLOW | constants.O_NONBLOCK);
}

/** Only the path that the caller gave may be a symlink to the directory, not one that goes through a descriptor. */
function openDirectory(path: ByteString): number | 'gone' {
  const flags = path.startsWith('/proc/self/fd/') ? NO_FOLLOW : constants.O_RDONLY;
  return openUnlessGone(path, flags | constants.O_DIRECTORY) ?? 'gone';
}

const openUnlessGone = (path: ByteString, flags: number): number | undefined =>
  unlessGone(() => openSync(asPath(path), flags));

/** Undefined for what went away, or became something else, since it was listed. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'ENOTDIR', 'EINVAL')) return undefined;
    throw error;
  }
}

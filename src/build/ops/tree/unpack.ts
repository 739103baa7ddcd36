import {
  chmodSync,
  closeSync,
  createReadStream,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { posix } from 'node:path';
import { makeNode, S_IFBLK, S_IFCHR, S_IFIFO } from '../../../kernel/mknod.ts';
import { writeXattr } from '../../../kernel/xattr.ts';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { decompress } from '../../../lib/compression.ts';
import { EngineError, invalid } from '../../../lib/errors.ts';
import { cleanName } from '../../../lib/tar/clean-name.ts';
import { BLOCK, type TarEntry } from '../../../lib/tar/entry.ts';
import { TarParser, type TarVisitor } from '../../../lib/tar/parser.ts';
import type { Owner } from './attributes.ts';
import { makeDirectories } from './make-directories.ts';
import { resolvePath } from './resolve-path.ts';

/** Whether a file is a tar archive, compressed or not. What only looks compressed is none. */
export async function isArchive(path: ByteString): Promise<boolean> {
  let entries = 0;
  const parser = new TarParser({ entry: () => void (entries += 1), data() {}, entryEnd() {} });
  const source = createReadStream(asPath(path), { highWaterMark: 64 << 10 });
  try {
    let read = 0;
    for await (const chunk of decompress(source)) {
      parser.push(chunk);
      read += chunk.length;
      if (entries > 0 || read > 64 * BLOCK) break;
    }
    return entries > 0;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  } finally {
    source.destroy();
  }
}

/** ADD: extracts an archive below `directory`, which is the root of all its paths and links. */
export async function unpackArchive(
  path: ByteString,
  directory: ByteString,
  owner: Owner | undefined,
): Promise<void> {
  const extractor = new Extractor(directory, owner);
  const parser = new TarParser(extractor);
  try {
    for await (const chunk of decompress(createReadStream(asPath(path), { highWaterMark: 1 << 20 })))
      parser.push(chunk);
    parser.end();
    extractor.finish();
  } finally {
    extractor.close();
  }
}

const root: Owner = { uid: 0, gid: 0 };

class Extractor implements TarVisitor {
  private readonly directory: ByteString;
  private readonly owner: Owner | undefined;
  /** Directories get their times when nothing is put into them any more. */
  private readonly directories = new Map<ByteString, TarEntry>();
  private open: { fd: number; entry: TarEntry; path: ByteString; segment: number; at: number } | undefined;

  constructor(directory: ByteString, owner: Owner | undefined) {
    this.directory = directory;
    this.owner = owner;
  }

  entry(entry: TarEntry): void {
    const name = cleanName(entry.name);
    if (name === '') {
      if (entry.type === 'directory') this.directories.set(this.directory, entry);
      return;
    }
    const path = this.place(name, entry);
    switch (entry.type) {
      case 'file':
        this.open = { fd: openSync(asPath(path), 'wx'), entry, path, segment: 0, at: 0 };
        return;
      case 'hardlink':
        return linkSync(asPath(this.linkTarget(entry)), asPath(path));
      case 'symlink':
        symlinkSync(asPath(entry.linkName), asPath(path));
        break;
      case 'directory':
        if (!lstatSync(asPath(path), { throwIfNoEntry: false })) mkdirSync(asPath(path));
        this.directories.set(path, entry);
        break;
      default:
        this.makeSpecial(path, entry);
    }
    this.describe(path, entry);
  }

  data(piece: Buffer): void {
    const { open } = this;
    for (let at = 0; open && at < piece.length;) {
      const segment = open.entry.sparse?.segments[open.segment];
      const start = segment ? segment.offset + open.at : open.at;
      const length = Math.min(piece.length - at, segment ? segment.length - open.at : piece.length);
      at += writeSync(open.fd, piece, at, length, start);
      open.at += length;
      if (segment && open.at === segment.length) {
        open.segment += 1;
        open.at = 0;
      }
    }
  }

  entryEnd(): void {
    const { open } = this;
    if (!open) return;
    if (open.entry.sparse) ftruncateSync(open.fd, open.entry.sparse.realSize);
    this.close();
    this.describe(open.path, open.entry);
  }

  finish(): void {
    for (const [path, entry] of [...this.directories].toReversed()) this.describe(path, entry);
  }

  close(): void {
    if (this.open) closeSync(this.open.fd);
    this.open = undefined;
  }

  /** Where a member goes. What is there already makes room, unless both are directories. */
  private place(name: ByteString, entry: TarEntry): ByteString {
    const above = makeDirectories(this.directory, posix.dirname(name), {
      owner: this.owner ?? root,
      mode: 0o755,
    });
    const path = `${this.directory}/${above === '' ? '' : `${above}/`}${posix.basename(name)}`;
    const there = lstatSync(asPath(path), { throwIfNoEntry: false });
    if (there && !(there.isDirectory() && entry.type === 'directory')) this.remove(path);
    return path;
  }

  /** Directories below what goes must not be touched again: a symlink may take their place. */
  private remove(path: ByteString): void {
    rmSync(asPath(path), { recursive: true });
    for (const directory of this.directories.keys())
      if (directory === path || directory.startsWith(`${path}/`)) this.directories.delete(directory);
  }

  private linkTarget({ linkName, name }: TarEntry): ByteString {
    const target = resolvePath(this.directory, cleanName(linkName), { followLast: false });
    const path = `${this.directory}/${target}`;
    if (target !== '' && lstatSync(asPath(path), { throwIfNoEntry: false })) return path;
    throw invalid(
      `invalid tar archive: ${textOfBytes(name)} is a hard link to ${textOfBytes(linkName)}, which is not there`,
    );
  }

  private makeSpecial(path: ByteString, { type, mode, device }: TarEntry): void {
    const kind = type === 'fifo' ? S_IFIFO : type === 'block' ? S_IFBLK : S_IFCHR;
    if (type === 'character' && !device?.major && !device?.minor)
      throw invalid('invalid tar archive: a device 0:0 would delete files');
    makeNode(path, kind | mode, device?.major, device?.minor);
  }

  private describe(path: ByteString, entry: TarEntry): void {
    const { uid, gid } = this.owner ?? entry;
    lchownSync(asPath(path), uid, gid);
    if (entry.type !== 'symlink') {
      for (const [name, value] of entry.xattrs)
        if (name === 'security.capability' || name.startsWith('user.')) writeXattr(path, name, value);
      chmodSync(asPath(path), entry.mode);
    }
    const time = entry.mtime + entry.mtimeNanos / 1e9;
    lutimesSync(asPath(path), time, time);
  }
}

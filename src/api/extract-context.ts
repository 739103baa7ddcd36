import {
  chmodSync,
  closeSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
  fchmodSync,
} from 'node:fs';
import { asPath, type ByteString, textOfBytes } from '../lib/byte-string.ts';
import { decompress } from '../lib/compression.ts';
import { invalid } from '../lib/errors.ts';
import { cleanName } from '../lib/tar/clean-name.ts';
import { fileSizeOf, type TarEntry } from '../lib/tar/entry.ts';
import { TarParser, type TarVisitor } from '../lib/tar/parser.ts';

/**
 * Unpacks a build context (plain or compressed) into an empty directory that nobody else writes to. Hostile archives can't leave it:
 * names with `..` are refused, and so is every name that goes through a symbolic link. Devices and FIFOs are left out, and owners
 * are not kept: a context has none.
 */
export async function extractContext(
  archive: AsyncIterable<Uint8Array>,
  directory: string,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  using writer = new TreeWriter(directory);
  const parser = new TarParser(writer);
  for await (const chunk of decompress(archive, options)) parser.push(chunk);
  parser.end();
  writer.finish();
}

interface OpenFile {
  readonly fd: number;
  readonly entry: TarEntry;
  /** Where the next piece goes, and how much of the current segment is left. */
  position: number;
  left: number;
  segment: number;
}

class TreeWriter implements TarVisitor, Disposable {
  private readonly root: Buffer;
  /** What was made so far; only what is a directory may have members. */
  private readonly made = new Map<ByteString, 'directory' | 'file' | 'symlink'>([['', 'directory']]);
  private readonly directoryTimes: [Buffer, number][] = [];
  private open: OpenFile | undefined;

  constructor(root: string) {
    this.root = Buffer.from(root);
  }

  entry(entry: TarEntry): void {
    const name = cleanName(entry.name);
    if (name === '') return;
    this.makeParents(name);
    const path = this.pathOf(name);
    switch (entry.type) {
      case 'directory':
        return this.makeDirectory(name, path, entry);
      case 'file':
        return this.makeFile(name, path, entry);
      case 'symlink':
        this.clear(name, path);
        symlinkSync(asPath(entry.linkName), path);
        lutimesSync(path, entry.mtime, entry.mtime);
        this.made.set(name, 'symlink');
        return;
      case 'hardlink':
        return this.makeLink(name, path, entry);
      default: // devices and FIFOs
    }
  }

  data(piece: Buffer): void {
    const open = this.open;
    for (let at = 0; open && at < piece.length;) {
      if (open.left === 0) this.nextSegment(open);
      const count = writeSync(open.fd, piece, at, Math.min(piece.length - at, open.left), open.position);
      at += count;
      open.position += count;
      open.left -= count;
    }
  }

  entryEnd(): void {
    if (!this.open) return;
    const { fd, entry } = this.open;
    if (entry.sparse) ftruncateSync(fd, fileSizeOf(entry));
    fchmodSync(fd, entry.mode);
    futimesSync(fd, entry.mtime, entry.mtime);
    this[Symbol.dispose]();
  }

  /** Directories get their times last: every member made in them changes these. */
  finish(): void {
    for (const [path, mtime] of this.directoryTimes) utimesSync(path, mtime, mtime);
  }

  [Symbol.dispose](): void {
    if (this.open) closeSync(this.open.fd);
    this.open = undefined;
  }

  private pathOf(name: ByteString): Buffer {
    return Buffer.concat([this.root, Buffer.from('/'), Buffer.from(name, 'latin1')]);
  }

  private makeParents(name: ByteString): void {
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      const parent = name.slice(0, slash);
      const kind = this.made.get(parent);
      if (kind === 'directory') continue;
      if (kind !== undefined)
        throw invalid(
          `invalid build context: ${quote(name)} goes through ${quote(parent)}, which is a ${kind}`,
        );
      mkdirSync(this.pathOf(parent), 0o755);
      this.made.set(parent, 'directory');
    }
  }

  private makeDirectory(name: ByteString, path: Buffer, entry: TarEntry): void {
    if (this.made.get(name) !== 'directory') {
      this.clear(name, path);
      mkdirSync(path);
      this.made.set(name, 'directory');
    }
    chmodSync(path, entry.mode);
    this.directoryTimes.push([path, entry.mtime]);
  }

  private makeFile(name: ByteString, path: Buffer, entry: TarEntry): void {
    this.clear(name, path);
    const fd = openSync(path, 'wx');
    this.made.set(name, 'file');
    const left = entry.sparse ? 0 : entry.size;
    this.open = { fd, entry, position: 0, left, segment: -1 };
  }

  private makeLink(name: ByteString, path: Buffer, entry: TarEntry): void {
    const target = cleanName(entry.linkName);
    if (this.made.get(target) !== 'file')
      throw invalid(
        `invalid build context: ${quote(name)} links to ${quote(target)}, which is not a file before it`,
      );
    if (target === name) return;
    this.clear(name, path);
    linkSync(this.pathOf(target), path);
    this.made.set(name, 'file');
  }

  /** A later member of the same name replaces the earlier one. */
  private clear(name: ByteString, path: Buffer): void {
    const kind = this.made.get(name);
    if (kind === undefined) return;
    rmSync(path, { recursive: kind === 'directory', force: true });
    for (const made of kind === 'directory' ? this.made.keys() : [])
      if (made.startsWith(`${name}/`)) this.made.delete(made);
    this.made.delete(name);
  }

  private nextSegment(open: OpenFile): void {
    open.segment += 1;
    const segment = open.entry.sparse?.segments[open.segment];
    if (!segment) throw invalid('invalid build context: more data than its header told');
    open.position = segment.offset;
    open.left = segment.length;
  }
}

const quote = (name: ByteString): string => JSON.stringify(textOfBytes(name).slice(0, 200));

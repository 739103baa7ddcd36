import { textOfBytes, type ByteString } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { cleanName } from '../../lib/tar/clean-name.ts';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { fileSizeOf, makeEntry, paddingOf, trailer, type TarEntry } from '../../lib/tar/entry.ts';
import type { TarVisitor } from '../../lib/tar/parser.ts';
import { DirectoryOrder } from './directory-order.ts';
import { baseOf, joinPath, parentOf, VirtualRoot } from './virtual-root.ts';

/** Where the rewritten archive goes. */
export interface Sink {
  write(piece: Uint8Array): void;
  writeZeros(count: number): void;
}

/** Everything at or below `path` of members before `before` is left out: a later member puts something else there. */
export interface Superseded {
  readonly path: ByteString;
  readonly before: number;
}

/** A member replaces a directory that already has content. The archive has to be read again, with this left out. */
export class DirectoryReplaced extends Error {
  readonly superseded: Superseded;

  constructor(superseded: Superseded) {
    super(`${JSON.stringify(textOfBytes(superseded.path))} is a directory first and something else later`);
    this.superseded = superseded;
  }
}

const WHITEOUT = '.wh.';
const WHITEOUT_META = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';
const MAX_TARGET = 4095;
const OPAQUE_XATTR = 'trusted.overlay.opaque';

/**
 * Turns a layer archive (OCI image spec, layer.md) into one that makes the layer's directory in overlay form, for an extractor that
 * trusts it. This is the security boundary: every header is written anew; names can't leave the root, on their own or through
 * symlinks; hard links stay within the layer; attributes and devices that mean something to overlayfs come from us alone.
 */
export class LayerRewriter implements TarVisitor {
  private readonly sink: Sink;
  private readonly superseded: readonly Superseded[];
  private readonly root = new VirtualRoot();
  private readonly directories = new Map<ByteString, TarEntry>();
  private readonly whiteouts = new Set<ByteString>();
  private readonly opaque = new Set<ByteString>();
  private readonly order = new DirectoryOrder();
  private index = 0;
  private current: TarEntry | undefined;
  /** Bytes of the files told so far. */
  size = 0;

  constructor(sink: Sink, superseded: readonly Superseded[] = []) {
    this.sink = sink;
    this.superseded = superseded;
  }

  /** The layer hides everything below it. */
  get hidesAll(): boolean {
    return this.opaque.has('');
  }

  entry(entry: TarEntry): void {
    this.index += 1;
    this.current = this.rewrite(entry);
    if (!this.current) return;
    this.size += this.current.type === 'file' ? fileSizeOf(this.current) : 0;
    this.write(this.current);
  }

  data(piece: Buffer): void {
    if (this.current) this.sink.write(piece);
  }

  entryEnd(): void {
    if (this.current) this.sink.writeZeros(paddingOf(this.current.size));
  }

  /**
   * Whiteouts come last: only now it is known what the layer itself has under their names. Then once more the directories that got
   * members after the extractor had done with them, so that they get their own times.
   */
  finish(): void {
    for (const path of this.whiteouts) {
      if (this.root.isDirectory(path)) this.opaque.add(path);
      else if (!this.root.has(path))
        this.write(makeEntry({ name: path, type: 'character', mode: 0, device: { major: 0, minor: 0 } }));
    }
    for (const path of this.order.disturbed.union(this.opaque)) {
      const directory = this.opaque.has(path) ? this.opaqueDirectory(path) : this.directories.get(path);
      if (directory) this.sink.write(encodeHeader(directory));
    }
    this.sink.write(trailer);
  }

  private write(entry: TarEntry): void {
    this.order.add(entry);
    this.sink.write(encodeHeader(entry));
  }

  /** What is written for a member; undefined = nothing. */
  private rewrite(entry: TarEntry): TarEntry | undefined {
    const name = cleanName(entry.name);
    if (name.startsWith(WHITEOUT_META) && name !== OPAQUE) return undefined; // aufs' own files
    const path = this.root.locate(name);
    if (this.superseded.some((it) => this.index < it.before && isWithin(path, it.path))) return undefined;
    const base = baseOf(path);
    if (base.startsWith(WHITEOUT)) return this.hide(path, base);
    const clean = { ...entry, name: path, xattrs: allowedXattrs(entry.xattrs) };
    return this.place(clean);
  }

  private hide(path: ByteString, base: ByteString): undefined {
    const directory = parentOf(path);
    if (base === OPAQUE) this.opaque.add(directory);
    if (base.startsWith(WHITEOUT_META)) return;
    const hidden = base.slice(WHITEOUT.length);
    if (hidden === '' || hidden === '.' || hidden === '..')
      throw invalid(`invalid layer: whiteout ${JSON.stringify(base)}`);
    this.whiteouts.add(joinPath(directory, hidden));
  }

  private place(entry: TarEntry): TarEntry | undefined {
    const path = entry.name;
    if (entry.type === 'directory') {
      this.root.addDirectory(path);
      this.directories.set(path, entry);
      for (const [name, value] of entry.xattrs) this.root.hold(name.length + value.length);
      return entry;
    }
    if (path === '') throw invalid('invalid layer: its root is not a directory');
    if (this.root.isDirectory(path)) throw new DirectoryReplaced({ path, before: this.index });
    if (isWhiteoutDevice(entry)) return undefined;
    if (entry.linkName.length > MAX_TARGET)
      throw invalid(`invalid layer: symlink target of ${entry.linkName.length} bytes`);
    if (entry.type === 'symlink') this.root.addSymlink(path, entry.linkName);
    const placed = entry.type === 'hardlink' ? this.withinLayer(entry) : entry;
    if (entry.type !== 'symlink') this.root.addOther(path);
    return placed;
  }

  private withinLayer(entry: TarEntry): TarEntry {
    const target = this.root.locate(cleanName(entry.linkName));
    if (target === entry.name || !this.root.has(target) || this.root.isDirectory(target)) {
      const [from, to] = [entry.name, target].map((name) => JSON.stringify(textOfBytes(name)));
      throw invalid(`invalid layer: hard link ${from} to ${to}, which is no file of this layer before it`);
    }
    return { ...entry, linkName: target, xattrs: noXattrs };
  }

  private opaqueDirectory(path: ByteString): TarEntry {
    const made = this.directories.get(path) ?? makeEntry({ name: path, type: 'directory' });
    return { ...made, xattrs: new Map([...made.xattrs, [OPAQUE_XATTR, 'y']]) };
  }
}

const noXattrs: ReadonlyMap<string, string> = new Map();

/** `trusted.*` and `user.overlay.*` steer overlayfs; SELinux labels are the host's to give. */
function allowedXattrs(xattrs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (xattrs.size === 0) return xattrs;
  return new Map([...xattrs].filter(([name]) => isAllowed(name)));
}

function isAllowed(name: string): boolean {
  return !name.startsWith('trusted.') && !name.startsWith('user.overlay.') && name !== 'security.selinux';
}

function isWhiteoutDevice({ type, device }: TarEntry): boolean {
  return type === 'character' && device?.major === 0 && device.minor === 0;
}

const isWithin = (path: ByteString, directory: ByteString): boolean =>
  path === directory || path.startsWith(`${directory}/`);

import type { ByteString } from '../byte-string.ts';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/** One member of an archive, whatever dialect (v7, ustar, PAX, GNU) it was written in. */
export interface TarEntry {
  /** As in the archive: may be absolute, contain `..`, end with a slash. */
  readonly name: ByteString;
  readonly type: TarType;
  /** Target of a symlink; name of the member that a hard link is to; else ''. */
  readonly linkName: ByteString;
  /** Bytes of its body in the archive; 0 for all but files. */
  readonly size: number;
  /** Permission bits, at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, rounded down; may be negative. */
  readonly mtime: number;
  readonly mtimeNanos: number;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs: ReadonlyMap<string, ByteString>;
  /** The body holds only these pieces of the file, one after the other; the rest is holes. */
  readonly sparse?: SparseMap;
}

export interface SparseMap {
  readonly realSize: number;
  readonly segments: readonly { readonly offset: number; readonly length: number }[];
}

export const BLOCK = 512;
/** Two blocks of zeros end an archive. */
export const trailer: Uint8Array = Buffer.alloc(2 * BLOCK);
const noXattrs: ReadonlyMap<string, ByteString> = new Map();

/** An entry with everything that is not given at its plainest: a file of root, mode 0644, of 1970. */
export function makeEntry(given: Partial<TarEntry> & { readonly name: ByteString }): TarEntry {
  return {
    type: 'file',
    linkName: '',
    size: 0,
    mode: given.type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    mtimeNanos: 0,
    xattrs: noXattrs,
    ...given,
  };
}

/** Bytes that fill a body up to a whole block. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** Length of the file that an entry makes. */
export const fileSizeOf = (entry: TarEntry): number => entry.sparse?.realSize ?? entry.size;

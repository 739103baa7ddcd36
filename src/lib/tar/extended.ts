import type { ByteString } from '../byte-string.ts';
import { makeEntry, type SparseMap, type TarEntry, type TarType } from './entry.ts';
import { readText, TarFault } from './fields.ts';
import type { RawHeader } from './header.ts';
import { parsePax, parsePaxTime } from './pax.ts';
import { parseNumber, sparseOfPax, sparseSizeOfPax1 } from './sparse.ts';

const types: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};
const XATTR = 'SCHILY.xattr.';

/** What the next header means when the extended headers before it are applied. */
export interface ResolvedHeader {
  /** Undefined for members that make no file (volume labels, directory dumps, unknown kinds). */
  readonly entry: TarEntry | undefined;
  /** Bytes in the archive that belong to it, without padding. */
  readonly bodySize: number;
  /** A PAX 1.0 sparse map of a file of this size starts the body. */
  readonly mapOfSize: number | undefined;
}

/** The extended headers (PAX `x`, GNU `L` and `K`) that stand before a header and change it. */
export class ExtendedHeaders {
  private records: [string, ByteString][] = [];
  private longName: ByteString | undefined;
  private longLink: ByteString | undefined;
  pending = false;

  add(flag: string, body: Buffer): void {
    if (flag === 'g') return; // global headers: ignored, as Docker does
    this.pending = true;
    if (flag === 'L') this.longName = readText(body, 0, body.length);
    else if (flag === 'K') this.longLink = readText(body, 0, body.length);
    else this.records = parsePax(body);
  }

  /** Applies everything collected to a header, and forgets it. */
  resolve(raw: RawHeader, oldSparse?: SparseMap): ResolvedHeader {
    const { records, longName, longLink } = this;
    this.records = [];
    this.longName = this.longLink = undefined;
    this.pending = false;
    const fields = { ...fieldsOf(raw), ...(longName !== undefined && { name: longName }) };
    if (longLink !== undefined) fields.linkName = longLink;
    for (const [key, value] of records) if (value !== '') setters[key]?.(fields, value);
    const sparse = oldSparse ?? sparseOfPax(records);
    return finish(raw.flag, fields, xattrsOf(records), sparse, sparseSizeOfPax1(records));
  }
}

interface Fields {
  name: ByteString;
  linkName: ByteString;
  size: number;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
  mtimeNanos: number;
  device: { major: number; minor: number };
}

function fieldsOf(raw: RawHeader): Fields {
  const { name, linkName, size, mode, uid, gid, mtime, major, minor } = raw;
  return { name, linkName, size, mode, uid, gid, mtime, mtimeNanos: 0, device: { major, minor } };
}

const setters: Readonly<Record<string, (fields: Fields, value: ByteString) => void>> = {
  path: (fields, value) => void (fields.name = value),
  'GNU.sparse.name': (fields, value) => void (fields.name = value),
  linkpath: (fields, value) => void (fields.linkName = value),
  size: (fields, value) => void (fields.size = parseNumber(value)),
  uid: (fields, value) => void (fields.uid = parseNumber(value)),
  gid: (fields, value) => void (fields.gid = parseNumber(value)),
  mtime: (fields, value) => {
    const { seconds, nanos } = parsePaxTime(value);
    fields.mtime = seconds;
    fields.mtimeNanos = nanos;
  },
};

function finish(
  flag: string,
  fields: Fields,
  xattrs: ReadonlyMap<string, ByteString> | undefined,
  sparse: SparseMap | undefined,
  mapOfSize: number | undefined,
): ResolvedHeader {
  checkFields(fields);
  const type = flag !== '5' && isFileFlag(flag) && fields.name.endsWith('/') ? 'directory' : types[flag];
  const bodySize = type === undefined || type === 'file' ? fields.size : 0;
  if (type === undefined) return { entry: undefined, bodySize, mapOfSize: undefined };
  const { device, ...rest } = fields;
  const entry = makeEntry({
    ...rest,
    type,
    size: bodySize,
    linkName: type === 'symlink' || type === 'hardlink' ? fields.linkName : '',
    ...((type === 'character' || type === 'block') && { device }),
    ...(xattrs && { xattrs }),
    ...(type === 'file' && sparse && { sparse }),
  });
  return { entry, bodySize, mapOfSize: type === 'file' ? mapOfSize : undefined };
}

const isFileFlag = (flag: string): boolean => types[flag] === 'file';
const MAX_ID = 0xfffffffe;

function checkFields(fields: Fields): void {
  if (fields.size < 0) throw new TarFault('negative size');
  if (fields.uid < 0 || fields.gid < 0 || fields.uid > MAX_ID || fields.gid > MAX_ID)
    throw new TarFault('user or group id out of range');
  if (fields.name.includes('\0') || fields.linkName.includes('\0')) throw new TarFault('NUL byte in a name');
}

function xattrsOf(records: readonly [string, ByteString][]): ReadonlyMap<string, ByteString> | undefined {
  const found = records.filter(([key]) => key.startsWith(XATTR));
  if (found.length === 0) return undefined;
  return new Map(found.map(([key, value]) => [key.slice(XATTR.length), value]));
}

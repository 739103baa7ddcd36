import { isAscii, type ByteString } from '../byte-string.ts';
import { BLOCK, paddingOf, type TarEntry, type TarType } from './entry.ts';
import { writeChecksum, writeOctal } from './fields.ts';
import { formatPaxTime, paxRecord } from './pax.ts';
import { writeSparseMap } from './sparse.ts';

const flags: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};
const MAX_ID = 0o7777777;
const MAX_NUMBER = 0o77777777777;

/** The fields as they go into the ustar header; what does not fit there is in `records`. */
interface Fitted {
  readonly records: ByteString[];
  name: ByteString;
  prefix: ByteString;
  linkName: ByteString;
  size: number;
}

/**
 * The header of an entry, its body to follow: ustar, with a PAX header before it only where ustar can't say it. The bytes depend on
 * nothing but the entry. Layers that were committed are written anew from their directories: a change here changes their digests.
 */
export function encodeHeader(entry: TarEntry): Buffer {
  const map = entry.sparse ? writeSparseMap(entry.sparse) : undefined;
  const fitted = fit(entry, entry.size + (map?.length ?? 0));
  const records = fitted.records.join('');
  const extended = records.length === 0 ? 0 : BLOCK + records.length + paddingOf(records.length);
  const bytes = Buffer.alloc(extended + BLOCK + (map?.length ?? 0));
  if (extended > 0) writeExtended(bytes, fitted.name, records);
  writeHeader(bytes, extended, entry, fitted);
  map?.copy(bytes, extended + BLOCK);
  return bytes;
}

function fit(entry: TarEntry, size: number): Fitted {
  const fitted: Fitted = { records: [], name: '', prefix: '', linkName: entry.linkName, size };
  fitName(fitted, entry);
  const { records } = fitted;
  if (entry.linkName.length > 100 || !isAscii(entry.linkName)) {
    records.push(paxRecord('linkpath', entry.linkName));
    fitted.linkName = shorten(entry.linkName);
  }
  if (size > MAX_NUMBER) {
    records.push(paxRecord('size', String(size)));
    fitted.size = 0;
  }
  if (entry.uid > MAX_ID) records.push(paxRecord('uid', String(entry.uid)));
  if (entry.gid > MAX_ID) records.push(paxRecord('gid', String(entry.gid)));
  if (entry.mtimeNanos !== 0 || !isWithin(entry.mtime, MAX_NUMBER))
    records.push(paxRecord('mtime', formatPaxTime(entry.mtime, entry.mtimeNanos)));
  for (const name of [...entry.xattrs.keys()].sort())
    records.push(paxRecord(`SCHILY.xattr.${name}`, entry.xattrs.get(name) ?? ''));
  return fitted;
}

function fitName(fitted: Fitted, entry: TarEntry): void {
  const name = nameOf(entry);
  if (entry.sparse) {
    const records = { major: '1', minor: '0', name, realsize: String(entry.sparse.realSize) };
    for (const [key, value] of Object.entries(records))
      fitted.records.push(paxRecord(`GNU.sparse.${key}`, value));
    fitted.name = `GNUSparseFile.0/${shorten(name.slice(name.lastIndexOf('/') + 1)).slice(0, 80)}`;
  } else if (name.length <= 100 && isAscii(name)) {
    fitted.name = name;
  } else if (!splitName(fitted, name)) {
    fitted.records.push(paxRecord('path', name));
    fitted.name = shorten(name);
  }
}

function nameOf({ name, type }: TarEntry): ByteString {
  const full = type === 'directory' && name !== '' && !name.endsWith('/') ? `${name}/` : name;
  return full === '' ? './' : full;
}

/** ustar keeps up to 155 bytes of leading directories apart. */
function splitName(fitted: Fitted, name: ByteString): boolean {
  if (name.length > 256 || !isAscii(name)) return false;
  for (let i = Math.min(155, name.length - 2); i > 0 && name.length - i - 1 <= 100; i--) {
    if (name[i] !== '/') continue;
    fitted.prefix = name.slice(0, i);
    fitted.name = name.slice(i + 1);
    return true;
  }
  return false;
}

/** A stand-in for readers that know no PAX. */
const shorten = (text: ByteString): ByteString => text.replace(/[^\x20-\x7e]/g, '').slice(0, 100);

const isWithin = (value: number, max: number): boolean => value >= 0 && value <= max;

function writeHeader(bytes: Buffer, at: number, entry: TarEntry, fitted: Fitted): void {
  bytes.write(fitted.name, at, 100, 'latin1');
  writeOctal(bytes, at + 100, 8, entry.mode);
  writeOctal(bytes, at + 108, 8, entry.uid > MAX_ID ? 0 : entry.uid);
  writeOctal(bytes, at + 116, 8, entry.gid > MAX_ID ? 0 : entry.gid);
  writeOctal(bytes, at + 124, 12, fitted.size);
  writeOctal(bytes, at + 136, 12, isWithin(entry.mtime, MAX_NUMBER) ? entry.mtime : 0);
  bytes.write(flags[entry.type], at + 156, 1, 'latin1');
  bytes.write(fitted.linkName, at + 157, 100, 'latin1');
  bytes.write('ustar\x0000', at + 257, 8, 'latin1');
  writeOctal(bytes, at + 329, 8, entry.device?.major ?? 0);
  writeOctal(bytes, at + 337, 8, entry.device?.minor ?? 0);
  bytes.write(fitted.prefix, at + 345, 155, 'latin1');
  writeChecksum(bytes, at);
}

function writeExtended(bytes: Buffer, name: ByteString, records: ByteString): void {
  const base = name.replace(/\/$/, '').split('/').pop() || 'x';
  bytes.write(`PaxHeaders.0/${base.slice(0, 80)}`, 0, 100, 'latin1');
  writeOctal(bytes, 100, 8, 0o644);
  writeOctal(bytes, 108, 8, 0);
  writeOctal(bytes, 116, 8, 0);
  writeOctal(bytes, 124, 12, records.length);
  writeOctal(bytes, 136, 12, 0);
  bytes.write('x', 156, 1, 'latin1');
  bytes.write('ustar\x0000', 257, 8, 'latin1');
  writeOctal(bytes, 329, 8, 0);
  writeOctal(bytes, 337, 8, 0);
  writeChecksum(bytes, 0);
  bytes.write(records, BLOCK, 'latin1');
}

import type { ByteString } from '../byte-string.ts';
import { hasRightChecksum, readNumber, readText, TarFault } from './fields.ts';

/** The fields of one header block as they stand there, before extended headers change them. */
export interface RawHeader {
  readonly flag: string;
  readonly name: ByteString;
  readonly linkName: ByteString;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/** Reads a header block of any dialect. A GNU header has other things where ustar keeps the name's prefix. */
export function readHeader(block: Buffer, at: number): RawHeader {
  if (!hasRightChecksum(block, at)) throw new TarFault('wrong header checksum');
  const flag = String.fromCharCode(block[at + 156] as number);
  const isDevice = flag === '3' || flag === '4';
  return {
    flag,
    name: readName(block, at),
    linkName: readText(block, at + 157, 100),
    size: readNumber(block, at + 124, 12),
    mode: readNumber(block, at + 100, 8) & 0o7777,
    uid: readNumber(block, at + 108, 8),
    gid: readNumber(block, at + 116, 8),
    mtime: readNumber(block, at + 136, 12),
    major: isDevice ? readNumber(block, at + 329, 8) : 0,
    minor: isDevice ? readNumber(block, at + 337, 8) : 0,
  };
}

function readName(block: Buffer, at: number): ByteString {
  const name = readText(block, at, 100);
  const isPosix = block.toString('latin1', at + 257, at + 263) === 'ustar\0';
  if (!isPosix || block[at + 345] === 0) return name;
  return `${readText(block, at + 345, 155)}/${name}`;
}

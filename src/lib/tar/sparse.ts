import type { ByteString } from '../byte-string.ts';
import type { SparseMap } from './entry.ts';
import { readNumber, TarFault } from './fields.ts';
import { BLOCK } from './entry.ts';

/*
 * Sparse files (GNU tar manual, "Storing Sparse Files"): old GNU keeps the map in the header and in blocks after it, PAX 0.0 and
 * 0.1 in extended header records, PAX 1.0 at the start of the body. All are read; 1.0 is written.
 */
type Segment = SparseMap['segments'][number];
const MAX_MAP = 2 << 20;

/** The map that PAX 0.0 and 0.1 records give, or undefined. */
export function sparseOfPax(records: readonly (readonly [string, ByteString])[]): SparseMap | undefined {
  const realSize = lastOf(records, 'GNU.sparse.size');
  const map = lastOf(records, 'GNU.sparse.map');
  const numbers =
    map !== undefined
      ? map.split(',').filter(Boolean)
      : records
          .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
          .map(([, value]) => value);
  if (realSize === undefined) return undefined;
  return makeMap(parseNumber(realSize), pair(numbers.map(parseNumber)));
}

/** The real size when a PAX 1.0 map starts the body. */
export function sparseSizeOfPax1(records: readonly (readonly [string, ByteString])[]): number | undefined {
  if (lastOf(records, 'GNU.sparse.major') !== '1') return undefined;
  return parseNumber(lastOf(records, 'GNU.sparse.realsize') ?? '');
}

/** Reads a PAX 1.0 map block by block: a count, then offset and length of each piece, one number a line. */
export class SparseMapReader {
  private readonly realSize: number;
  private readonly numbers: number[] = [];
  private line = '';
  /** Bytes of the body that the map took. */
  consumed = 0;

  constructor(realSize: number) {
    this.realSize = realSize;
  }

  /** Returns the map when this block ends it. */
  add(block: Buffer, at: number): SparseMap | undefined {
    this.consumed += BLOCK;
    if (this.consumed > MAX_MAP) throw new TarFault('sparse map too large');
    const lines = (this.line + block.toString('latin1', at, at + BLOCK)).split('\n');
    this.line = lines.pop() ?? '';
    for (const line of lines) {
      this.numbers.push(parseNumber(line));
      const isWhole = this.numbers.length === 1 + 2 * (this.numbers[0] ?? 0);
      if (isWhole) return makeMap(this.realSize, pair(this.numbers.slice(1)));
    }
    if (this.numbers.length === 0) throw new TarFault('malformed sparse map');
    return undefined;
  }
}

/** Collects the map of an old GNU sparse header: four pieces in the header, 21 in each block after it. */
export class OldSparseReader {
  private readonly realSize: number;
  private readonly numbers: number[] = [];

  constructor(header: Buffer, at: number) {
    this.realSize = readNumber(header, at + 483, 12);
    this.take(header, at + 386, 4);
  }

  static isExtended(header: Buffer, at: number): boolean {
    return header[at + 482] !== 0;
  }

  /** Returns whether another block follows. */
  add(block: Buffer, at: number): boolean {
    this.take(block, at, 21);
    if (this.numbers.length > MAX_MAP / 12) throw new TarFault('sparse map too large');
    return block[at + 504] !== 0;
  }

  map(): SparseMap {
    return makeMap(this.realSize, pair(this.numbers));
  }

  private take(block: Buffer, at: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const here = at + i * 24;
      if (block[here] === 0) return;
      this.numbers.push(readNumber(block, here, 12), readNumber(block, here + 12, 12));
    }
  }
}

/** The PAX 1.0 form of a map, filled up to whole blocks. An empty piece at the end tells of a hole there. */
export function writeSparseMap(map: SparseMap): Buffer {
  const last = map.segments.at(-1);
  const end = last ? last.offset + last.length : -1;
  const segments =
    end === map.realSize ? map.segments : [...map.segments, { offset: map.realSize, length: 0 }];
  const lines = segments.map(({ offset, length }) => `${offset}\n${length}\n`).join('');
  const text = `${segments.length}\n${lines}`;
  const bytes = Buffer.alloc(Math.ceil(text.length / BLOCK) * BLOCK);
  bytes.write(text, 'latin1');
  return bytes;
}

/** Bytes that the body of this file must have. */
export const storedSizeOf = (map: SparseMap): number =>
  map.segments.reduce((sum, segment) => sum + segment.length, 0);

function makeMap(realSize: number, segments: Segment[]): SparseMap {
  let end = 0;
  for (const { offset, length } of segments) {
    if (offset < end || offset + length > realSize) throw new TarFault('sparse map out of order');
    end = offset + length;
  }
  return { realSize, segments };
}

function pair(numbers: readonly number[]): Segment[] {
  if (numbers.length % 2 !== 0) throw new TarFault('malformed sparse map');
  const segments: Segment[] = [];
  for (let i = 0; i < numbers.length; i += 2)
    segments.push({ offset: numbers[i] as number, length: numbers[i + 1] as number });
  return segments;
}

export function parseNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new TarFault('malformed number in extended header');
  return value;
}

function lastOf(records: readonly (readonly [string, ByteString])[], key: string): ByteString | undefined {
  return records.findLast(([name]) => name === key)?.[1];
}

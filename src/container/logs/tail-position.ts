import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isPartial } from './cri-record.ts';
import { halfLines } from './log-cut.ts';
import { listSegments } from './log-segments.ts';

const BLOCK = 64 << 10;
const NEWLINE = 10;

/** Where the last `lines` lines of a log begin, looking back from its end over the segments. Undefined = at its start. */
export function tailPosition(log: string, lines: number): { path: string; offset: number } | undefined {
  let left = lines;
  let isNewest = true;
  const segments = listSegments(log);
  for (const segment of segments.toReversed()) {
    const { path } = segment;
    const half = segment === segments[0] ? halfLines(log, segment) : [];
    const fd = openSync(path, 'r');
    try {
      const isHalf = (end: number): boolean => half.some((range) => range.end === end);
      const result = searchBack(fd, left, isNewest, isHalf);
      if (result.offset !== undefined) return { path, offset: result.offset };
      left = result.left;
      if (result.sawRecords) isNewest = false;
    } finally {
      closeSync(fd);
    }
  }
  return undefined;
}

interface Search {
  /** Where the wanted lines begin, when it lies in this segment. */
  readonly offset?: number;
  /** Lines still wanted from older segments; a line that began there counts. */
  readonly left: number;
  readonly sawRecords: boolean;
}

/**
 * Goes back record by record. A record that ends its line closes the line before the one we are in: at the one before the first
 * wanted line, the search is over. An open end of the log counts as a line, what lost its beginning does not.
 */
function searchBack(fd: number, lines: number, isNewest: boolean, isHalf: (end: number) => boolean): Search {
  let left = lines;
  let sawRecords = false;
  for (const { end, partial } of recordsBackwards(fd)) {
    const endsLine = !partial || (isNewest && !sawRecords);
    if (isHalf(end)) continue;
    sawRecords = true;
    if (!endsLine) continue;
    if (left === 0) return { offset: end, left, sawRecords };
    left -= 1;
  }
  return { left, sawRecords };
}

/** Where records end (behind their newline), the last one first. */
function* recordsBackwards(fd: number): Generator<{ end: number; partial: boolean }> {
  let blockStart = fstatSync(fd).size;
  let bytes: Buffer = Buffer.alloc(0); // the file from blockStart on, as far as not yet told
  while (blockStart > 0) {
    const size = Math.min(BLOCK, blockStart);
    const block = Buffer.allocUnsafe(size);
    readSync(fd, block, 0, size, blockStart - size);
    blockStart -= size;
    bytes = Buffer.concat([block, bytes]);
    let end = bytes.lastIndexOf(NEWLINE) + 1; // what a torn write left behind it is no record
    while (end > 0) {
      const before = end < 2 ? -1 : bytes.lastIndexOf(NEWLINE, end - 2);
      if (before < 0 && blockStart > 0) break;
      const partial = isPartial(bytes, before + 1);
      if (partial !== undefined) yield { end: blockStart + end, partial };
      end = before + 1;
    }
    bytes = bytes.subarray(0, end);
  }
}

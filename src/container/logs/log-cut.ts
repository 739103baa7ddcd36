import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from '../../lib/errors.ts';
import type { LogEntry } from '../types.ts';
import { parseRecords } from './cri-record.ts';

/*
 * Dropping segments may cut through a line: its beginning is gone, its end is kept. Beside the log stands then for which streams that is
 * so: `AFTER STREAM…`, where AFTER is the newest number that was dropped, or is about to be.
 */
interface LogCut {
  readonly after: number;
  readonly open: readonly LogEntry['stream'][];
}

/** Where a record lies in its segment, with its newline. */
export interface RecordRange {
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 10;
/** How much of the end of one segment and of the start of the next is looked at. */
const LOOK = 64 << 10;

const cutFile = (log: string): string => `${log}.cut`;

/** Notes which lines lose their beginning with a segment. To be called before it is deleted. */
export function noteCut(log: string, { path, number }: { path: string; number: number }): void {
  const bytes = readPart(path, (size) => Math.max(0, size - LOOK));
  const last = new Map(parseRecords(bytes).map((entry) => [entry.stream, entry]));
  const open = [...last].flatMap(([stream, entry]) => (endsLine(entry) ? [] : [stream]));
  if (open.length === 0) forgetCut(log);
  else writeFileSync(cutFile(log), [number, ...open].join(' '), { mode: 0o600 });
}

export const forgetCut = (log: string): void => rmSync(cutFile(log), { force: true });

/** The newest number that was dropped in the middle of a line; 0 when there is none. */
export const lastCut = (log: string): number => readCut(log)?.after ?? 0;

/**
 * The records at the start of a log that belong to a line whose beginning is gone, given its first segment. A line that goes on for long is
 * not among them: it may be all there is.
 */
export function halfLines(log: string, first: { path: string; number: number }): RecordRange[] {
  const cut = readCut(log);
  if (!cut || first.number <= cut.after) return [];
  const bytes = readPart(first.path, () => 0);
  const entries = parseRecords(bytes);
  return cut.open.flatMap((stream) => {
    const own = entries.filter((entry) => entry.stream === stream);
    return own.slice(0, own.findIndex(endsLine) + 1).map(({ data }) => rangeOf(bytes, data));
  });
}

function rangeOf(bytes: Buffer, data: Buffer): RecordRange {
  const at = data.byteOffset - bytes.byteOffset;
  return { start: bytes.lastIndexOf(NEWLINE, at - 1) + 1, end: bytes.indexOf(NEWLINE, at) + 1 };
}

const endsLine = ({ data }: LogEntry): boolean => data.at(-1) === NEWLINE;

function readCut(log: string): LogCut | undefined {
  try {
    const [after, ...open] = readFileSync(cutFile(log), 'utf8').split(' ');
    return { after: Number(after), open: open.filter((name) => name === 'stdout' || name === 'stderr') };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** At most LOOK bytes of a segment. */
function readPart(path: string, startOf: (size: number) => number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LOOK);
    return bytes.subarray(0, readSync(fd, bytes, 0, LOOK, startOf(fstatSync(fd).size)));
  } finally {
    closeSync(fd);
  }
}

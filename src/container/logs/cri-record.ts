import type { LogEntry } from '../types.ts';

/*
 * A line of the log of record, as the monitor writes it (the container runtime interface's log format):
 *   2026-08-01T12:00:00.123456789+00:00 stdout F the line's bytes
 * F: the program ended the line here; P: it did not, or the line was longer than the monitor's buffer. The bytes may be anything
 * but a newline.
 */
const NEWLINE = 10;
const SPACE = 32;
const PARTIAL = 80; // P
const PLUS = 43;
const STREAM_START = 115; // the first letter of both
const STDOUT_END = 116; // the last letter of stdout

/** Whether the record from `start` on leaves its line open. Undefined for what is no record. */
export function isPartial(bytes: Buffer, start: number): boolean | undefined {
  const tag = tagOf(bytes, start);
  return tag < 0 ? undefined : bytes[tag] === PARTIAL;
}

/** Offset of a record's P or F; -1 when it has none. */
function tagOf(bytes: Buffer, start: number): number {
  const stream = bytes.indexOf(SPACE, start) + 1;
  if (stream === 0) return -1;
  const tag = bytes.indexOf(SPACE, stream) + 1;
  return tag === 0 || bytes[tag + 1] !== SPACE ? -1 : tag;
}

/** The entries in whole records; their data are views of `bytes`. What is no record (a torn write before a crash) is left out. */
export function parseRecords(bytes: Buffer): LogEntry[] {
  const entries: LogEntry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const tag = usualTag(bytes, start, end);
    const entry = tag < 0 ? parseUnusual(bytes, start, end) : new UsualEntry(bytes, start, tag, end);
    if (entry) entries.push(entry);
    start = end + 1;
  }
  return entries;
}

/** A time as the monitor writes it has always this many letters, and both streams have six. */
const TIME = 35;
const USUAL_TAG = TIME + 8;

/** The tag of a record that is written as the monitor writes them, found without a search; -1 for another. */
function usualTag(bytes: Buffer, start: number, end: number): number {
  const tag = start + USUAL_TAG;
  const isUsual =
    tag + 1 < end &&
    bytes[start + TIME] === SPACE &&
    bytes[start + TIME - 6] === PLUS &&
    bytes[start + TIME + 1] === STREAM_START &&
    bytes[tag - 1] === SPACE &&
    bytes[tag + 1] === SPACE;
  return isUsual ? tag : -1;
}

/** Its time is made when somebody wants to know it. */
class UsualEntry implements LogEntry {
  readonly stream: LogEntry['stream'];
  readonly data: Buffer;
  private readonly bytes: Buffer;
  private readonly start: number;

  constructor(bytes: Buffer, start: number, tag: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.stream = streamAt(bytes, tag);
    this.data = contentAt(bytes, tag, end);
  }

  get time(): string {
    const text = this.bytes.toString('latin1', this.start, this.start + TIME);
    return normalTime(text) ?? text;
  }
}

function parseUnusual(bytes: Buffer, start: number, end: number): LogEntry | undefined {
  const tag = tagOf(bytes, start);
  if (tag < 0 || tag >= end) return undefined;
  const timeEnd = bytes.indexOf(SPACE, start);
  const time = normalTime(bytes.toString('latin1', start, timeEnd));
  if (time === undefined) return undefined;
  return { stream: streamAt(bytes, tag), time, data: contentAt(bytes, tag, end) };
}

const streamAt = (bytes: Buffer, tag: number): LogEntry['stream'] =>
  bytes[tag - 2] === STDOUT_END ? 'stdout' : 'stderr';

const contentAt = (bytes: Buffer, tag: number, end: number): Buffer =>
  bytes.subarray(tag + 2, bytes[tag] === PARTIAL ? end : end + 1);

/** A time in the one form that compares as text: UTC with nine digits. Undefined for what is no time. */
export function normalTime(text: string): string | undefined {
  if (text.length === 35 && text.endsWith('+00:00')) return `${text.slice(0, 29)}Z`;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  const milliseconds = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
}

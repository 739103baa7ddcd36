import { setImmediate as breathe } from 'node:timers/promises';
import type { LogBatch, LogEntry } from '../types.ts';
import { normalTime, parseRecords } from './cri-record.ts';
import { LogCursor } from './log-cursor.ts';
import type { LogWatch } from './log-watch.ts';
import { tailPosition } from './tail-position.ts';
import { invalid } from '../../lib/errors.ts';

export interface EntryFilter {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** RFC 3339 or ''. */
  readonly since?: string;
  readonly until?: string;
}

/** Opens a log at the last `tail` lines, or at its start. */
export function openLog(log: string, tail: number | undefined): LogCursor {
  if (tail === undefined || tail < 0) return LogCursor.atStart(log);
  if (tail === 0) return LogCursor.atEnd(log);
  const position = tailPosition(log, tail);
  return position ? LogCursor.at(log, position.path, position.offset) : LogCursor.atStart(log);
}

/** The entries from a cursor on that the filter lets through, to the end of what is there. Disposes of the cursor. */
export async function* readEntries(
  cursor: LogCursor,
  filter: EntryFilter,
  signal?: AbortSignal,
): AsyncGenerator<LogBatch> {
  using _cursor = cursor;
  yield* readBatches(cursor, makeFilter(filter), signal);
}

/** Gives way between blocks, so that a big log holds nobody up. True when nothing that comes later is wanted. */
async function* readBatches(
  cursor: LogCursor,
  choose: Choose,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogBatch, boolean> {
  for (let bytes = cursor.read(); bytes; bytes = cursor.read()) {
    if (signal?.aborted) return true;
    const { batch, isEnd } = choose(parseRecords(bytes));
    if (batch.length > 0) yield batch;
    if (isEnd) return true;
    await breathe();
  }
  return false;
}

/**
 * The same, and then what comes, until `ended` says that nothing comes any more and all is read, or the signal aborts. Reads
 * only when it is asked to: a slow reader costs no memory.
 */
export async function* followEntries(
  cursor: LogCursor,
  filter: EntryFilter,
  watch: LogWatch,
  ended: () => boolean,
  signal?: AbortSignal,
): AsyncGenerator<LogBatch> {
  using _cursor = cursor;
  using _watch = watch;
  const choose = makeFilter(filter);
  while (!signal?.aborted) {
    await watch.changed(signal);
    const isLast = ended();
    if ((yield* readBatches(cursor, choose, signal)) || isLast) return;
  }
}

/** What of a batch is wanted, and whether something later is. */
type Choose = (entries: LogBatch) => { batch: LogBatch; isEnd: boolean };

function makeFilter(filter: EntryFilter): Choose {
  const since = parseTime(filter.since);
  const until = parseTime(filter.until);
  const both = filter.stdout && filter.stderr;
  if (both && since === undefined && until === undefined) return (batch) => ({ batch, isEnd: false });
  const isWanted = (entry: LogEntry): boolean =>
    filter[entry.stream] && (since === undefined || entry.time >= since);
  return (entries) => {
    const end = until === undefined ? -1 : entries.findIndex(({ time }) => time > until);
    const before = end < 0 ? entries : entries.slice(0, end);
    return { batch: before.filter(isWanted), isEnd: end >= 0 };
  };
}

function parseTime(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const time = normalTime(text);
  if (time === undefined) throw invalid(`invalid time ${JSON.stringify(text)}: want RFC 3339`);
  return time;
}

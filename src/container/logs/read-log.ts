import type { LogEntry } from '../types.ts';
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
export function* readEntries(cursor: LogCursor, filter: EntryFilter): Generator<LogEntry> {
  using _cursor = cursor;
  const wanted = makeFilter(filter);
  for (let bytes = cursor.read(); bytes; bytes = cursor.read()) {
    for (const entry of parseRecords(bytes)) {
      const verdict = wanted(entry);
      if (verdict === 'stop') return;
      if (verdict === 'take') yield entry;
    }
  }
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
): AsyncGenerator<LogEntry> {
  using _cursor = cursor;
  using _watch = watch;
  const wanted = makeFilter(filter);
  while (!signal?.aborted) {
    await watch.changed(signal);
    const isLast = ended();
    for (let bytes = cursor.read(); bytes; bytes = cursor.read()) {
      for (const entry of parseRecords(bytes)) {
        if (signal?.aborted) return;
        const verdict = wanted(entry);
        if (verdict === 'stop') return;
        if (verdict === 'take') yield entry;
      }
    }
    if (isLast) return;
  }
}

type Verdict = 'take' | 'skip' | 'stop';

function makeFilter(filter: EntryFilter): (entry: LogEntry) => Verdict {
  const since = parseTime(filter.since);
  const until = parseTime(filter.until);
  return (entry) => {
    if (until !== undefined && entry.time > until) return 'stop';
    if (since !== undefined && entry.time < since) return 'skip';
    return (entry.stream === 'stdout' ? filter.stdout : filter.stderr) ? 'take' : 'skip';
  };
}

function parseTime(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const time = normalTime(text);
  if (time === undefined) throw invalid(`invalid time ${JSON.stringify(text)}: want RFC 3339`);
  return time;
}

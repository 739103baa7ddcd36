import { EngineError } from '../../lib/errors.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import type { LogEntry, LogOptions } from '../types.ts';
import { followRun } from './follow-run.ts';
import { openLog, readEntries } from './read-log.ts';

/** The verb: what is kept and, with `follow`, what comes until the run ends. The place is taken at the call. */
export function readLogs(
  context: Context,
  record: ContainerRecord,
  options: LogOptions,
): AsyncIterable<LogEntry> {
  if (record.spec.log.driver === 'none')
    throw new EngineError('not-implemented', 'configured logging driver does not support reading');
  const cursor = openLog(pathsOf(context, record).log, options.tail);
  if (options.follow && record.run) return followRun(context, record, cursor, options, options.signal);
  cursor.seal();
  return readKept(cursor, options);
}

/** Gives way between blocks, so that a big log holds nobody up. */
async function* readKept(
  cursor: Parameters<typeof readEntries>[0],
  options: LogOptions,
): AsyncGenerator<LogEntry> {
  for (const entry of readEntries(cursor, options)) {
    if (options.signal?.aborted) return;
    yield entry;
  }
}

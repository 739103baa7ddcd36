import { EngineError } from '../../lib/errors.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import type { LogBatch, LogOptions } from '../types.ts';
import { followRun } from './follow-run.ts';
import { openLog, readEntries } from './read-log.ts';

/** The verb: what is kept and, with `follow`, what comes until the run ends. The place is taken at the call. */
export function readLogs(
  context: Context,
  record: ContainerRecord,
  options: LogOptions,
): AsyncIterable<LogBatch> {
  if (record.spec.log.driver === 'none')
    throw new EngineError('not-implemented', 'configured logging driver does not support reading');
  const cursor = openLog(pathsOf(context, record).log, options.tail);
  if (options.follow && record.run) return followRun(context, record, cursor, options, options.signal);
  cursor.seal();
  return readEntries(cursor, options, options.signal);
}

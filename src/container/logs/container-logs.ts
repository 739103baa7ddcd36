import { EngineError } from '../../lib/errors.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import type { LogBatch, LogOptions } from '../types.ts';
import { firstOutput } from './first-output.ts';
import { followRun } from './follow-run.ts';
import { openLog, readEntries } from './read-log.ts';

/** The verb: what is kept and, with `follow`, what comes until the run ends. */
export function readLogs(
  context: Context,
  record: ContainerRecord,
  options: LogOptions,
): AsyncIterable<LogBatch> {
  if (record.spec.log.driver === 'none')
    throw new EngineError('not-implemented', 'configured logging driver does not support reading');
  const { log } = pathsOf(context, record);
  if (!options.follow || !record.run) return readKept(context, record, log, options);
  return followRun(context, record, openLog(log, options.tail), options, options.signal);
}

async function* readKept(
  context: Context,
  record: ContainerRecord,
  log: string,
  options: LogOptions,
): AsyncGenerator<LogBatch> {
  if (!record.spec.autoRemove) await firstOutput(record, log, context.logWatches, options.signal);
  if (!context.store.has(record)) return;
  const cursor = openLog(log, options.tail);
  cursor.seal();
  yield* readEntries(cursor, options, options.signal);
}

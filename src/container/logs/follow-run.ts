import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import type { LogBatch } from '../types.ts';
import type { LogCursor } from './log-cursor.ts';
import { type EntryFilter, followEntries } from './read-log.ts';

/**
 * Entries from a cursor on until the run that goes on, or the coming one, has ended and all of it is read. At the end of the run
 * the rest is held open, so that it is read to the last byte even when the container removes itself.
 */
export function followRun(
  context: Context,
  record: ContainerRecord,
  cursor: LogCursor,
  filter: EntryFilter,
  signal: AbortSignal | undefined,
): AsyncIterable<LogBatch> {
  const watch = context.logWatches.open(pathsOf(context, record).log);
  watch.onDrop = (oldest) => cursor.hold(oldest);
  let isOver = false;
  const end = (): void => {
    if (!isOver) cursor.seal();
    isOver = true;
    watch.notify();
  };
  record.moments.once('exited', end).once('removed', end);
  context.closing.addEventListener('abort', end);
  const release = (): void => {
    record.moments.off('exited', end).off('removed', end);
    context.closing.removeEventListener('abort', end);
    signal?.removeEventListener('abort', release);
    watch[Symbol.dispose]();
    cursor[Symbol.dispose]();
  };
  signal?.addEventListener('abort', release); // also for a reader that never begins
  return releasing(
    followEntries(cursor, filter, watch, () => isOver, signal),
    release,
  );
}

async function* releasing(entries: AsyncIterable<LogBatch>, release: () => void): AsyncGenerator<LogBatch> {
  try {
    yield* entries;
  } finally {
    release();
  }
}

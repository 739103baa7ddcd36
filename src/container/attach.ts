import type { ContainerRecord } from './container-record.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { conflict } from '../lib/errors.ts';
import { followRun } from './logs/follow-run.ts';
import { LogCursor } from './logs/log-cursor.ts';
import { readEntries } from './logs/read-log.ts';
import { StdinClient } from './stdin-client.ts';
import type { Attachment, Containers, LogBatch } from './types.ts';

type AttachOptions = Parameters<Containers['attach']>[1];

/**
 * The verb: output from now on (from the first byte of the coming run, when none goes on), before it what is kept when `logs` says so.
 * The place in the output is taken before the promise resolves, so whatever the container writes afterwards is told.
 */
export async function attachContainer(
  context: Context,
  record: ContainerRecord,
  options: AttachOptions,
): Promise<Attachment> {
  if (record.state.status === 'paused')
    throw conflict(`container ${record.id} is paused, unpause the container before attach`);
  if (record.state.status === 'restarting')
    throw conflict(`container ${record.id} is restarting, wait until the container is running`);
  const { log } = pathsOf(context, record);
  const cursor = options.logs ? LogCursor.atStart(log) : LogCursor.atEnd(log);
  const output = options.stream
    ? attended(record, followRun(context, record, cursor, options, options.signal))
    : keptOutput(cursor, options);
  const wantsStdin = options.stdin && options.stream && record.spec.openStdin;
  publish(context, record, 'attach');
  return { output, stdin: wantsStdin ? new StdinClient(context, record, options.signal) : undefined };
}

/** Lets others wait until the client has all of it. */
async function* attended(
  { readers }: ContainerRecord,
  entries: AsyncIterable<LogBatch>,
): AsyncGenerator<LogBatch> {
  const { promise, resolve } = Promise.withResolvers<void>();
  readers.add(promise);
  try {
    yield* entries;
  } finally {
    // what was yielded last is written when this returns
    setImmediate(() => {
      readers.delete(promise);
      resolve();
    });
  }
}

function keptOutput(cursor: LogCursor, options: AttachOptions): AsyncIterable<LogBatch> {
  cursor.seal();
  return readEntries(cursor, options, options.signal);
}

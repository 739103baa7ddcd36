import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../lib/errors.ts';
import type { ContainerRecord, Run } from '../../container-record.ts';
import { type Context, pathsOf } from '../../context.ts';
import { LogCursor } from '../log-cursor.ts';
import { planSink } from './open-sink.ts';
import { SinkPlace } from './sink-place.ts';
import { SinkPump } from './sink-pump.ts';

export { checkSink } from './open-sink.ts';

/** How long a driver may take for the rest of a log before the container counts as ended. */
const PATIENCE = 10_000;

/** Feeds the log driver of a run, if it has one beside the log of record, from where it got to. */
export function startSink(context: Context, record: ContainerRecord, run: Run): void {
  try {
    const pump = openPump(context, record);
    if (!pump) return;
    run.sink = pump;
    const leave = (): void => pump.stop();
    context.closing.addEventListener('abort', leave);
    void pump.done.then(() => context.closing.removeEventListener('abort', leave));
  } catch (error) {
    context.logger.warn(`cannot open a log driver: ${messageOf(error)}`, { container: record.id });
  }
}

/** Gives the driver the rest of a run that has ended, also of one that ended while there was no engine. */
export async function finishSink(context: Context, record: ContainerRecord, run: Run): Promise<void> {
  if (!run.sink) startSink(context, record, run);
  const pump = run.sink;
  if (!pump) return;
  pump.end();
  await Promise.race([pump.done, delay(PATIENCE, undefined, { ref: false })]);
  pump.stop();
}

function openPump(context: Context, record: ContainerRecord): SinkPump | undefined {
  const plan = planSink(record);
  if (!plan) return undefined;
  const paths = pathsOf(context, record);
  return new SinkPump({
    cursor: openCursor(paths.log, paths.sinkPlace),
    watch: context.logWatches.open(paths.log),
    sink: plan.open(paths),
    logger: context.logger.child({ container: record.id }),
  });
}

function openCursor(log: string, sinkPlace: string): LogCursor {
  if (!existsSync(sinkPlace)) return LogCursor.atStart(log);
  const place = new SinkPlace(sinkPlace);
  const source = place.read()?.source;
  place.close();
  return source ? LogCursor.resume(log, source) : LogCursor.atStart(log);
}

import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../lib/errors.ts';
import { type ContainerRecord, isRunning } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { killAndWait, signalLocked } from './kill.ts';
import { isSignal, parseSignal, SIGKILL, stopSignalOf } from './signals.ts';

export interface StopOptions {
  /** Seconds; -1 = for ever. */
  readonly timeout?: number;
  readonly signal?: string;
}

/**
 * The verb: asks the container to end, waits, and kills it when it takes too long; one that is being started is stopped after
 * that. The wait for the end holds no lock, so `kill` and `rm -f` can come in between.
 */
export async function stopContainer(
  context: Context,
  record: ContainerRecord,
  options: StopOptions,
): Promise<void> {
  const seconds = options.timeout ?? record.spec.stopTimeout ?? context.settings.stopTimeout;
  const { ended } = await context.locks.run(record.id, async () => {
    if (!isRunning(record)) throw new EngineError('not-modified', `container ${record.id} is not running`);
    const signal = options.signal ? parseSignal(options.signal) : stopSignalOf(record.spec);
    const { run } = record;
    const asked = await signalLocked(context, record, isSignal(signal) ? signal : SIGKILL, { isEnd: true });
    if (run) run.stops = (run.stops ?? 0) + 1;
    else publish(context, record, 'stop'); // its restart was to come
    return asked;
  });
  if (!(await endsWithin(ended, seconds))) await killAndWait(context, record);
}

async function endsWithin(ended: Promise<void>, seconds: number): Promise<boolean> {
  if (seconds < 0) return ended.then(() => true);
  const stop = new AbortController();
  const patience = delay(seconds * 1000, false, { signal: stop.signal }).catch(() => false);
  const result = await Promise.race([ended.then(() => true), patience]);
  stop.abort();
  return result;
}

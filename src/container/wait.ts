import { setTimeout as delay } from 'node:timers/promises';
import { type ContainerRecord, type ExitRecord, isRunning, lastExit } from './container-record.ts';
import type { WaitCondition } from './types.ts';

/** Resolves with the exit that the condition means; rejects when the signal aborts. Listens from the call on. */
export function waitForExit(
  record: ContainerRecord,
  condition: WaitCondition,
  signal: AbortSignal | undefined,
): Promise<ExitRecord> {
  if (condition === 'not-running' && !isRunning(record) && !record.isLeaving)
    return Promise.resolve(lastExit(record));
  const { promise, resolve, reject } = Promise.withResolvers<ExitRecord>();
  const moment = condition === 'removed' ? 'removed' : 'exited';
  const done = (exit: ExitRecord): void => settle(() => resolve(exit));
  const gone = (exit: ExitRecord): void => settle(() => resolve(exit));
  const abort = (): void => settle(() => reject(signal?.reason as Error));
  const settle = (result: () => void): void => {
    record.moments.off(moment, done).off('removed', gone);
    signal?.removeEventListener('abort', abort);
    result();
  };
  record.moments.on(moment, done).on('removed', gone); // a removed container never exits again
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  return promise;
}

/** How long a client that reads slowly holds up those who wait for the exit. */
const PATIENCE_MS = 2000;

/**
 * An exit, once attached clients have all that the container wrote, as in Docker: they take what `wait` says for the end of the
 * output, which comes by another connection.
 */
export async function afterOutput(
  exit: Promise<ExitRecord>,
  readers: ReadonlySet<Promise<void>>,
): Promise<ExitRecord> {
  await exit;
  if (readers.size === 0) return exit;
  const late = new AbortController();
  const patience = delay(PATIENCE_MS, undefined, { ref: false, signal: late.signal }).catch(() => {});
  await Promise.race([Promise.all(readers), patience]);
  late.abort();
  return exit;
}

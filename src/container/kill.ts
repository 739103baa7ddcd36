import { setTimeout as delay } from 'node:timers/promises';
import { conflict, internal, invalid, kindOf, prefixed } from '../lib/errors.ts';
import { type ContainerRecord, isRunning, lastExit } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { resumeLocked } from './pause.ts';
import { cancelRestart } from './restart-policy.ts';
import { isSignal, parseSignal, SIGKILL, stopSignalOf } from './signals.ts';

/** How long a killed container may take to end before we say so. */
const KILL_PATIENCE = 10_000;

/** The verb: sends a signal. With SIGKILL it returns when the container has ended. */
export async function killContainer(
  context: Context,
  nameOrId: string,
  signalText: string | undefined,
): Promise<void> {
  try {
    await kill(context, context.store.get(nameOrId), signalText);
  } catch (error) {
    throw prefixed(`cannot kill container: ${nameOrId}`, error);
  }
}

async function kill(
  context: Context,
  record: ContainerRecord,
  signalText: string | undefined,
): Promise<void> {
  const signal = signalText ? parseSignal(signalText) : SIGKILL;
  if (!isSignal(signal)) throw invalid(`the linux daemon does not support signal ${signal}`);
  const isEnd = signal === SIGKILL || signal === stopSignalOf(record.spec);
  const wakes = isEnd || record.spec.stopSignal === '';
  const { ended } = await context.locks.run(record.id, async () => {
    if (!isRunning(record)) throw conflict(`container ${record.id} is not running`);
    return signalLocked(context, record, signal, { isEnd, wakes });
  });
  if (signal === SIGKILL) await endsInTime(ended);
}

/** SIGKILL, and the wait for the end. A container whose restart is pending is stopped for good. */
export async function killAndWait(context: Context, record: ContainerRecord): Promise<void> {
  const { ended } = await context.locks.run(record.id, () =>
    signalLocked(context, record, SIGKILL, { isEnd: true }),
  );
  await endsInTime(ended);
}

export async function endsInTime(ended: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const patience = delay(KILL_PATIENCE, 'late' as const, { signal: stop.signal, ref: false });
  const outcome = await Promise.race([ended, patience]);
  stop.abort();
  patience.catch(() => {});
  if (outcome === 'late') throw internal('tried to kill container, but did not receive an exit event');
}

/** Resolves when it does not run (also when a restart waits for it). */
export function whenNotRunning(record: ContainerRecord): Promise<void> {
  if (!record.run) return Promise.resolve();
  return new Promise((resolve) => record.moments.once('exited', () => resolve()));
}

/**
 * Sends a signal without waiting for its effect; `ended` resolves when the run is over. The caller holds the lock. A user's signal marks the container as stopped by hand; one that is meant to end it
 * also keeps its policy from restarting this run. One that `wakes` (default: the same) is not left waiting until a paused one goes on.
 */
export async function signalLocked(
  context: Context,
  record: ContainerRecord,
  signal: number,
  { isEnd, wakes = isEnd }: { isEnd: boolean; wakes?: boolean },
): Promise<{ ended: Promise<void> }> {
  const ended = whenNotRunning(record);
  markStopped(context, record, isEnd);
  const { run } = record;
  if (!run) {
    if (isEnd) abandonRestart(context, record);
    return { ended };
  }
  try {
    await context.runtime.kill(record.id, signal);
    if (wakes && record.state.status === 'paused') await resumeLocked(context, record);
  } catch (error) {
    if (record.run === run && kindOf(error) !== 'conflict') throw error;
  }
  publish(context, record, 'kill', { signal: String(signal) });
  return { ended };
}

/** The mark is kept at once where a policy would restart it after a crash of the engine. */
function markStopped(context: Context, record: ContainerRecord, isEnd: boolean): void {
  if (isEnd) record.restartCancelled = true;
  if (record.manuallyStopped) return;
  record.manuallyStopped = true;
  if (record.spec.restartPolicy.name !== 'no') context.store.save(record);
}

/** A container that waits for its restart stays as it is. */
export function abandonRestart(context: Context, record: ContainerRecord): void {
  cancelRestart(record);
  const { state } = record;
  if (state.status !== 'restarting') return;
  record.state = { ...state, status: 'exited' };
  context.store.save(record);
  record.moments.emit('exited', lastExit(record));
}

import { messageOf } from '../lib/errors.ts';
import type { ExitStatus } from '../runtime/types.ts';
import type { ContainerRecord, Run } from './container-record.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { healthAfterExit } from './health/health-state.ts';
import { dropLog } from './logs/log-segments.ts';
import { finishSink } from './logs/sinks/start-sink.ts';
import { removeLocked } from './remove.ts';
import { cancelRestart, restartDelay } from './restart-policy.ts';
import { startLocked } from './start.ts';
import { releaseMounts } from './start/mount-specs.ts';
import { releaseSharedMemory } from './start/shared-memory.ts';

/** Deals with the end of a run: tells it, frees what it had, and restarts or removes the container where it wants that. Never throws. */
export async function handleExit(
  context: Context,
  record: ContainerRecord,
  run: Run,
  exit: ExitStatus,
): Promise<void> {
  await context.locks.run(record.id, async () => {
    // After the engine has left, the next one finds the exit by itself.
    if (record.run !== run || context.closing.aborted) return;
    try {
      // The kernel's clock for files is some milliseconds behind: nothing ends before it began.
      const at = exit.at < run.startedAt ? run.startedAt : exit.at;
      await settle(context, record, run, { ...exit, at });
    } catch (error) {
      context.logger.error('cannot clean up after a container', { container: record.id, error });
    } finally {
      record.isLeaving = false;
    }
  });
}

/**
 * The exit code is kept before anything is cleaned up, and the network is free before anybody is told: who waits for the exit
 * may publish the same port at once.
 */
async function settle(context: Context, record: ContainerRecord, run: Run, exit: ExitStatus): Promise<void> {
  run.health?.stop();
  await finishSink(context, record, run);
  const delay = record.restartRequested ? undefined : nextRestart(context, record, run, exit);
  record.state = endState(record, run, exit, delay !== undefined);
  record.run = undefined;
  record.isLeaving = true;
  if (delay !== undefined) {
    record.restartCount += 1;
    record.restartDelay = delay;
  }
  // What removes itself is not written once more: until it is gone, the runtime knows how it ended.
  if (!removesItself(record)) context.store.save(record);
  await attempt(context, record, () => context.networks.release(record.id));
  await attempt(context, record, () => releaseMounts(context, record));
  context.execs.endRun(record.id);
  if (exit.oomKilled) publish(context, record, 'oom');
  for (let stop = 0; stop < (run.stops ?? 0); stop += 1) publish(context, record, 'stop'); // before `die`, as in Docker
  publish(context, record, 'die', {
    exitCode: String(exit.code),
    execDuration: String(Math.floor((exit.at.getTime() - run.startedAt.getTime()) / 1000)),
  });
  record.isLeaving = false;
  record.moments.emit('exited', { exitCode: exit.code });
  // Those who are attached hold it open.
  if (record.spec.log.driver === 'none') dropLog(pathsOf(context, record).log);
  await freeProcesses(context, record);
  if (delay !== undefined) scheduleRestart(context, record, delay);
  else if (removesItself(record)) {
    context.departed.add(record, { exitCode: exit.code });
    await removeLocked(context, record, { volumes: true });
  }
}

const removesItself = ({ spec, restartRequested }: ContainerRecord): boolean =>
  spec.autoRemove && !restartRequested;

function nextRestart(
  context: Context,
  record: ContainerRecord,
  run: Run,
  exit: ExitStatus,
): number | undefined {
  if (context.closing.aborted) return undefined;
  return restartDelay({
    policy: record.spec.restartPolicy,
    exitCode: exit.code,
    manuallyStopped: record.manuallyStopped,
    cancelled: record.restartCancelled,
    restartCount: record.restartCount,
    lastDelay: record.restartDelay,
    ranFor: exit.at.getTime() - run.startedAt.getTime(),
  });
}

function endState(
  record: ContainerRecord,
  run: Run,
  exit: ExitStatus,
  restarts: boolean,
): ContainerRecord['state'] {
  const ended = {
    exitCode: exit.code,
    startedAt: run.startedAt,
    finishedAt: exit.at,
    error: '',
    oomKilled: exit.oomKilled,
  };
  if (restarts) return { status: 'restarting', ...ended };
  const health = healthAfterExit(record.state);
  return { status: 'exited', ...ended, ...(health && { health }) };
}

/** Frees what a run had beside its network. Each part is tried; what fails is logged and left to `recover`. */
export async function freeRun(context: Context, record: ContainerRecord): Promise<void> {
  await freeProcesses(context, record);
  await attempt(context, record, () => releaseMounts(context, record));
}

async function freeProcesses(context: Context, record: ContainerRecord): Promise<void> {
  await attempt(context, record, () => context.runtime.delete(record.id, pathsOf(context, record).bundle));
  await attempt(context, record, () => {
    if (!context.views.has(record.id)) context.snapshots.unmount(record.id); // else who looks at it does
  });
  await attempt(context, record, () => releaseSharedMemory(context, record));
}

async function attempt(
  context: Context,
  record: ContainerRecord,
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.logger.warn(`cannot free what a container had: ${messageOf(error)}`, { container: record.id });
  }
}

/** Starts the container again after a while, unless somebody cancels it. */
export function scheduleRestart(context: Context, record: ContainerRecord, delay: number): void {
  cancelRestart(record);
  const timer = setTimeout(() => {
    void context.locks.run(record.id, async () => {
      if (record.pendingRestart?.timer !== timer) return;
      record.pendingRestart = undefined;
      await startLocked(context, record).catch((error: unknown) => {
        context.logger.warn(`cannot restart a container: ${messageOf(error)}`, { container: record.id });
      });
    });
  }, delay);
  record.pendingRestart = { timer };
}

import { bothSettled } from '../lib/both-settled.ts';
import { conflict, EngineError, internal, kindOf, messageOf, notFound } from '../lib/errors.ts';
import { StartError } from '../runtime/start-error.ts';
import type { RunningContainer } from '../runtime/types.ts';
import { findCheckpoint } from './checkpoint.ts';
import { type ContainerRecord, isRunning } from './container-record.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { startingHealth } from './health/health-state.ts';
import { checkSink } from './logs/sinks/start-sink.ts';
import { removeLocked } from './remove.ts';
import { cancelRestart } from './restart-policy.ts';
import { enterRun } from './run.ts';
import { makeBundleSpec } from './start/bundle-spec.ts';
import { etcMounts, writeEtcFiles } from './start/etc-files.ts';
import { linkEnvironment } from './start/links.ts';
import { acquireMounts, checkBindSources } from './start/mount-specs.ts';
import { openSandbox } from './start/sandbox.ts';
import { sharedMemoryMounts } from './start/shared-memory.ts';
import type { CheckpointOptions } from './types.ts';

/** The verb: a user starts it. Counts and marks of earlier runs are reset. */
export async function startContainer(
  context: Context,
  record: ContainerRecord,
  checkpoint?: CheckpointOptions,
): Promise<void> {
  await context.locks.run(record.id, async () => {
    checkStartable(context, record);
    const restoreFrom = checkpoint && findCheckpoint(context, record, checkpoint);
    checkBindSources(record);
    record.restartCount = 0;
    record.restartDelay = 0;
    record.manuallyStopped = false;
    await startLocked(context, record, restoreFrom);
  });
}

function checkStartable(context: Context, record: ContainerRecord): void {
  const { status } = record.state;
  if (status === 'paused') throw conflict('cannot start a paused container, try unpause instead');
  if (isRunning(record)) throw new EngineError('not-modified', `container ${record.id} is already running`);
  if (!context.store.has(record)) throw notFound(`No such container: ${record.id}`);
  if (status === 'removing') throw conflict('container is marked for removal and cannot be started');
  if (status === 'dead') throw conflict(`container ${record.id} is dead and cannot be started`);
}

/**
 * Starts a container whose lock the caller holds. When it fails, all that was made for the run is undone, the state tells why,
 * and a container that removes itself is removed.
 */
export async function startLocked(
  context: Context,
  record: ContainerRecord,
  restoreFrom?: string,
): Promise<void> {
  cancelRestart(record);
  record.restartCancelled = false;
  const began = new Date();
  try {
    await run(context, record, restoreFrom);
  } catch (error) {
    await recordFailure(context, record, began, error);
    throw error;
  }
}

async function run(context: Context, record: ContainerRecord, restoreFrom?: string): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const running = await prepare(context, record, undo, restoreFrom);
  context.networks.announce(record.id);
  const startedAt = new Date(); // before it can end
  if (restoreFrom === undefined) await context.runtime.start(record.id);
  undo.move();
  const earlier = 'health' in record.state ? record.state.health : undefined;
  const health = earlier && { ...startingHealth, log: earlier.log };
  const lastFinishedAt = 'finishedAt' in record.state ? record.state.finishedAt : undefined;
  record.state = {
    status: 'running',
    pid: running.pid,
    startedAt,
    ...(lastFinishedAt && { lastFinishedAt }),
    ...(health && { health }),
  };
  record.hasBeenStarted = true;
  enterRun(context, record, running, startedAt);
  context.store.save(record);
  publish(context, record, 'start');
}

/** Everything up to a process that waits to be let go. The network is made while the root file system is. */
async function prepare(
  context: Context,
  record: ContainerRecord,
  undo: AsyncDisposableStack,
  restoreFrom: string | undefined,
): Promise<RunningContainer> {
  const paths = pathsOf(context, record);
  await checkSink(record);
  using scratch = new DisposableStack();
  const opening = openSandbox(context, record);
  undo.defer(() => context.networks.release(record.id));
  const [sandbox, { rootfs, mounts }] = await bothSettled(
    opening,
    prepareRootfs(context, record, undo, scratch),
  );
  writeEtcFiles(context, record, sandbox);
  const linkEnv = linkEnvironment(context, record);
  const running = await makeProcess(context, record, { rootfs, sandbox, mounts, linkEnv }, restoreFrom);
  undo.defer(() => context.runtime.delete(record.id, paths.bundle));
  if (!context.views.has(record.id)) context.snapshots.hide(record.id); // the container has it in its own namespace now
  record.endpoints = sandbox?.endpoints ?? [];
  record.ports = sandbox?.ports ?? [];
  return running;
}

/** What is wrong with a container is not wrong with the request to start it: Docker answers that as an error of its own. */
async function makeProcess(
  context: Context,
  record: ContainerRecord,
  prepared: Parameters<typeof makeBundleSpec>[2],
  restoreFrom: string | undefined,
): Promise<RunningContainer> {
  const { bundle, log } = pathsOf(context, record);
  try {
    return await context.runtime.create({
      bundle,
      logPath: log,
      spec: makeBundleSpec(context, record, prepared),
      stdin: record.spec.openStdin,
      stdinOnce: record.spec.stdinOnce && !record.spec.tty, // a terminal has no end of file but the key
      ...(restoreFrom !== undefined && { restoreFrom }),
    });
  } catch (error) {
    if (kindOf(error) !== 'invalid' || error instanceof StartError) throw error;
    throw internal(messageOf(error), error);
  }
}

async function prepareRootfs(
  context: Context,
  record: ContainerRecord,
  undo: AsyncDisposableStack,
  scratch: DisposableStack,
): Promise<{ rootfs: string; mounts: ReturnType<typeof etcMounts> }> {
  // what goes with its end need not reach the disk
  const rootfs = context.snapshots.mount(record.id, { volatile: record.spec.autoRemove });
  undo.defer(() => context.snapshots.unmount(record.id));
  const shared = sharedMemoryMounts(context, record, undo);
  const own = await acquireMounts(context, record, undo, scratch);
  return { rootfs, mounts: [...etcMounts(context, record), ...shared, ...own] };
}

async function recordFailure(
  context: Context,
  record: ContainerRecord,
  startedAt: Date,
  error: unknown,
): Promise<void> {
  const exitCode = error instanceof StartError ? error.exitCode : 128;
  const text = messageOf(error);
  record.endpoints = [];
  record.ports = [];
  const failure = { exitCode, error: text };
  record.state = record.hasBeenStarted
    ? { status: 'exited', ...failure, startedAt, finishedAt: new Date(), oomKilled: false }
    : { status: 'created', ...failure };
  context.store.save(record);
  record.moments.emit('exited', { exitCode }); // why, the starter is told
  if (record.spec.autoRemove && !record.restartRequested)
    await removeLocked(context, record, { volumes: true });
}

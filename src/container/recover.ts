import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mapPool } from '../lib/pool.ts';
import { messageOf } from '../lib/errors.ts';
import type { ExitStatus, RunningContainer } from '../runtime/types.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, pathsOf } from './context.ts';
import { freeRun } from './exit.ts';
import { startingHealth } from './health/health-state.ts';
import { repairRotation } from './logs/log-segments.ts';
import { removeLocked } from './remove.ts';
import { wantsRestart } from './restart-policy.ts';
import { enterRun } from './run.ts';
import { startLocked } from './start.ts';
import { unmountImages } from './start/image-mounts.ts';
import { removeStaleSubpaths, subpathsDirectory } from './start/subpath.ts';

/** Docker's code for what ended while nobody could see it, such as at a reboot. */
const LOST_EXIT_CODE = 255;
const PARALLEL = 8;
const PARALLEL_STARTS = 4;

type Finding =
  | { readonly kind: 'running'; readonly running: RunningContainer; readonly paused: boolean }
  | { readonly kind: 'ended'; readonly exit: ExitStatus }
  | { readonly kind: 'still' };

/**
 * Brings the records in line with what is: the runtime and the files tell the truth, then the database. Containers that ended meanwhile
 * get their true exit code, and then what their policy wants.
 */
export async function recoverContainers(context: Context): Promise<void> {
  await removeStrangers(context);
  removeStaleSubpaths(subpathsDirectory(context.roots.bundles));
  const records = context.store.all();
  const findings = await mapPool(records, PARALLEL, (record) => inspect(context, record));
  const still: Finding = { kind: 'still' };
  const found = new Map(records.map((record, index) => [record, findings[index] ?? still]));
  const pids = [...found].flatMap(([record, finding]) =>
    finding.kind === 'running' ? [[record.id, { pid: finding.running.pid }] as const] : [],
  );
  await context.networks.recover(new Map(pids));
  for (const [record, finding] of found)
    if (finding.kind === 'running') await adopt(context, record, finding);
  for (const [record, finding] of found)
    if (finding.kind === 'ended') await recordEnd(context, record, finding.exit);
  for (const record of records) await finishRemoval(context, record);
  await restartAll(context);
}

/** Directories of containers whose creation or removal was cut short. */
async function removeStrangers(context: Context): Promise<void> {
  const { containers } = context.roots;
  const known = new Set(context.store.all().map(({ id }) => id));
  for (const name of existsSync(containers) ? readdirSync(containers) : [])
    if (!known.has(name)) {
      await removeItsVolumes(context, name);
      removeDirectory(context, join(containers, name));
    }
}

/** The anonymous volumes of a container that never came to be. */
async function removeItsVolumes(context: Context, id: string): Promise<void> {
  const { volumes } = pathsOf(context, { id });
  const names = existsSync(volumes) ? readFileSync(volumes, 'utf8').split('\n') : [];
  for (const name of names.filter((text) => text !== ''))
    try {
      await context.volumes.remove(name, { force: true, usedBy: [] });
    } catch (error) {
      context.logger.warn(`cannot remove an anonymous volume: ${messageOf(error)}`, { volume: name });
    }
}

function removeDirectory(context: Context, path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    context.logger.warn(`cannot remove what is left of a container: ${messageOf(error)}`);
  }
}

async function inspect(context: Context, record: ContainerRecord): Promise<Finding> {
  const { bundle, log } = pathsOf(context, record);
  unmountImages(context, record);
  const wasRunning = record.state.status === 'running' || record.state.status === 'paused';
  if (!wasRunning && !existsSync(bundle)) {
    context.snapshots.unmount(record.id); // somebody looked into it
    return { kind: 'still' };
  }
  const adopted = await context.runtime.adopt(record.id, bundle);
  if (adopted?.state === 'exited')
    return wasRunning ? { kind: 'ended', exit: adopted.exit } : halfMade(context, record);
  if (!adopted || adopted.state === 'created') {
    if (wasRunning)
      return { kind: 'ended', exit: { code: LOST_EXIT_CODE, oomKilled: false, at: new Date() } };
    return halfMade(context, record);
  }
  repairRotation(log);
  return { kind: 'running', running: adopted.container, paused: adopted.state === 'paused' };
}

/** A start that was cut short before the program ran, or a clean-up that was: the rest of it goes. */
async function halfMade(context: Context, record: ContainerRecord): Promise<Finding> {
  await freeRun(context, record);
  return { kind: 'still' };
}

async function adopt(
  context: Context,
  record: ContainerRecord,
  { running, paused }: Extract<Finding, { kind: 'running' }>,
): Promise<void> {
  const { state } = record;
  // A start that was not written down any more happened just before the last engine ended.
  const wasRunning = state.status === 'running' || state.status === 'paused';
  const startedAt = wasRunning ? state.startedAt : new Date();
  const health = wasRunning ? state.health : undefined;
  const lastFinishedAt = wasRunning ? state.lastFinishedAt : undefined;
  record.state = {
    status: paused ? 'paused' : 'running',
    pid: running.pid,
    startedAt,
    ...(lastFinishedAt && { lastFinishedAt }),
    ...(health && { health: { ...startingHealth, log: health.log } }), // nobody looked after it meanwhile
  };
  record.hasBeenStarted = true;
  record.endpoints = context.networks.endpointsOf(record.id);
  record.ports = context.networks.portsOf(record.id);
  for (const { point } of record.mounts)
    if (point.type === 'volume')
      await attempt(context, record, () => context.volumes.acquire(point.name ?? '', record.id));
  await attempt(context, record, () => hideRootfs(context, record, running.pid));
  context.store.save(record);
  enterRun(context, record, running, startedAt);
}

/** An engine that died in the middle of a start left it in the table of mounts. */
function hideRootfs({ snapshots }: Context, { id }: ContainerRecord, pid: number): void {
  snapshots.hide(id);
  snapshots.adopt(id, `/proc/${pid}/root`);
}

/** As if the exit had come just now, through the usual door. */
async function recordEnd(context: Context, record: ContainerRecord, exit: ExitStatus): Promise<void> {
  const startedAt = 'startedAt' in record.state ? record.state.startedAt : exit.at;
  const running: RunningContainer = { id: record.id, pid: 0, exited: Promise.resolve(exit) };
  const run = { running, startedAt };
  record.run = run;
  await context.handleExit(record, run, exit);
}

/** A removal that was cut short goes on; what lost its file system can never start and goes too. */
async function finishRemoval(context: Context, record: ContainerRecord): Promise<void> {
  if (!context.store.has(record)) return;
  const { state, spec } = record;
  const isGone = state.status === 'removing' || !context.snapshots.has(record.id);
  if (!isGone || record.run) return;
  const volumes = spec.autoRemove || (state.status === 'removing' && state.volumes === true);
  await context.locks.run(record.id, () =>
    attempt(context, record, () => removeLocked(context, record, { volumes })),
  );
}

/**
 * Starts what its policy wants to run after a start of the engine, in the order of the last start; those that share another one's
 * network after all others.
 */
async function restartAll(context: Context): Promise<void> {
  const waiting = context.store
    .all()
    .filter((record) => !record.run && record.hasBeenStarted && wantsToRun(record))
    .toSorted((left, right) => startOf(left) - startOf(right));
  const start = (record: ContainerRecord): Promise<void> =>
    context.locks.run(record.id, () =>
      attempt(context, record, () => (record.run ? undefined : startLocked(context, record))),
    );
  await mapPool(
    waiting.filter((record) => !joinsAnother(record)),
    PARALLEL_STARTS,
    start,
  );
  await mapPool(waiting.filter(joinsAnother), 1, start);
}

const joinsAnother = ({ spec }: ContainerRecord): boolean =>
  [spec.networkMode, spec.pidMode, spec.ipcMode].some((mode) => mode.startsWith('container:'));

function wantsToRun(record: ContainerRecord): boolean {
  const { state, restartCount, manuallyStopped } = record;
  const policy = record.spec.restartPolicy;
  if (state.status !== 'exited' && state.status !== 'restarting') return false;
  if (policy.name === 'on-failure' && manuallyStopped) return false;
  return wantsRestart({ policy, exitCode: state.exitCode, manuallyStopped, restartCount });
}

const startOf = ({ state }: ContainerRecord): number =>
  'startedAt' in state ? state.startedAt.getTime() : 0;

async function attempt(context: Context, record: ContainerRecord, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.logger.warn(`cannot recover a container: ${messageOf(error)}`, { container: record.id });
  }
}

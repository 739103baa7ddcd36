import { rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { conflict, internal, messageOf, notFound, prefixed } from '../lib/errors.ts';
import type { ContainerPaths } from './container-paths.ts';
import { type ContainerRecord, isRunning, lastExit } from './container-record.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { abandonRestart, killAndWait } from './kill.ts';
import { linksOf } from './names/links.ts';
import { forgetLinkLines } from './start/etc-files.ts';
import { removeImageSnapshots } from './start/image-mounts.ts';
import { volumeUsers } from './volume-users.ts';

/** Bytes whose removal would hold up the event loop. */
const MUCH = 1 << 20;

export interface RemoveOptions {
  readonly force?: boolean;
  /** Its anonymous volumes as well. */
  readonly volumes?: boolean;
  readonly link?: boolean;
}

/** The verb. Forced, it kills what runs; the wait for that end holds no lock. `name` is what the client calls it. */
export async function removeContainer(
  context: Context,
  record: ContainerRecord,
  name: string,
  options: RemoveOptions,
): Promise<void> {
  if (options.link) return removeLink(context, name);
  for (;;) {
    const isDone = await context.locks.run(record.id, async () => {
      if (!context.store.has(record)) return true;
      if (record.run) {
        if (!options.force) throw refusal(record, name);
        return false;
      }
      if (isRunning(record) && !options.force) throw refusal(record, name);
      abandonRestart(context, record);
      await removeLocked(context, record, options);
      return true;
    });
    if (isDone) return;
    await killForRemoval(context, record, name);
  }
}

/** Takes away the name `holder/alias` alone. */
async function removeLink(context: Context, name: string): Promise<void> {
  const [holder = '', alias] = name.replace(/^\//, '').split(/\/(.*)/);
  if (alias === undefined) throw internal('Conflict, cannot remove the default link name of the container');
  const record = context.store.get(holder);
  await context.locks.run(record.id, async () => {
    const gone = linksOf(record.spec).find((link) => link.alias === alias);
    if (!gone) throw notFound(`No such container: ${name}`);
    record.spec = { ...record.spec, links: record.spec.links.filter((text) => text !== gone.text) };
    context.store.saveAll(record);
    if (record.run) forgetLinkLines(context, record, gone);
  });
}

function refusal(record: ContainerRecord, name: string): Error {
  const { status } = record.state;
  const remedy =
    status === 'paused'
      ? ' and must be unpaused first'
      : ': stop the container before removing or force remove';
  return conflict(`cannot remove container "${name}": container is ${status}${remedy}`);
}

async function killForRemoval(context: Context, record: ContainerRecord, name: string): Promise<void> {
  try {
    await killAndWait(context, record);
  } catch (error) {
    throw prefixed(`cannot remove container "${name}": could not kill`, error);
  }
}

/**
 * Removes a container that does not run and whose lock the caller holds. That it is being removed is kept first, so a crash in
 * between is finished by `recover`.
 */
export async function removeLocked(
  context: Context,
  record: ContainerRecord,
  options: Pick<RemoveOptions, 'volumes'>,
): Promise<void> {
  const exit = lastExit(record);
  record.state = { status: 'removing', volumes: options.volumes ?? false };
  // One that removes itself would be removed by `recover` whatever its state.
  if (!record.spec.autoRemove) context.store.save(record);
  await context.snapshots.remove(record.id);
  await removeImageSnapshots(context, record);
  await removeDirectory(pathsOf(context, record));
  if (options.volumes) await removeVolumes(context, record);
  context.execs.orphan(record.id);
  context.store.delete(record); // last, so that nothing of it is forgotten
  publish(context, record, 'destroy');
  record.moments.emit('removed', exit);
}

/** At once, which is the fastest by far, unless there is much to remove. */
async function removeDirectory({ dir, log }: ContainerPaths): Promise<void> {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MUCH) rmSync(dir, { recursive: true, force: true });
  else await rm(dir, { recursive: true, force: true });
}

async function removeVolumes(context: Context, record: ContainerRecord): Promise<void> {
  for (const { point, anonymous } of record.mounts) {
    if (!anonymous || point.name === undefined) continue;
    const usedBy = volumeUsers(context.store, point.name).filter((id) => id !== record.id);
    if (usedBy.length > 0) continue;
    try {
      await context.volumes.remove(point.name, { force: true, usedBy });
    } catch (error) {
      context.logger.warn(`cannot remove an anonymous volume: ${messageOf(error)}`, { volume: point.name });
    }
  }
}

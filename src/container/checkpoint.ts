import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { conflict, hasCode, internal, invalid, messageOf, notFound } from '../lib/errors.ts';
import { type ContainerRecord, isRunning } from './container-record.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { endsInTime, whenNotRunning } from './kill.ts';
import type { CheckpointOptions } from './types.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** The verb: keeps the state of a running container's processes, and ends it unless it is to run on. */
export async function createCheckpoint(
  context: Context,
  record: ContainerRecord,
  options: CheckpointOptions & { readonly exit: boolean },
): Promise<void> {
  checkName(options.name);
  const ended = await context.locks.run(record.id, async () => {
    if (!record.run || !isRunning(record)) throw conflict(`container ${record.id} is not running`);
    if (record.spec.tty) throw invalid('checkpoint not supported on containers with tty');
    const gone = options.exit ? whenNotRunning(record) : undefined;
    record.restartCancelled = options.exit; // else a policy would start it anew
    await write(context, record, options).catch((error: unknown) => {
      record.restartCancelled = false;
      throw error;
    });
    publish(context, record, 'checkpoint');
    return { gone };
  });
  if (ended.gone) await endsInTime(ended.gone);
}

async function write(
  context: Context,
  record: ContainerRecord,
  options: CheckpointOptions & { readonly exit: boolean },
): Promise<void> {
  const directory = placeOf(context, record, options);
  if (statSync(directory, { throwIfNoEntry: false }))
    throw internal(`checkpoint with name ${options.name} already exists for container ${record.name}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    await context.runtime.checkpoint(record.id, { directory, leaveRunning: !options.exit });
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw internal(`Cannot checkpoint container ${record.id}: ${messageOf(error)}`, error);
  }
}

/** Names of the checkpoints that a container has. */
export function listCheckpoints(context: Context, record: ContainerRecord, directory?: string): string[] {
  try {
    const entries = readdirSync(parentOf(context, record, directory), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && NAME.test(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

export function removeCheckpoint(
  context: Context,
  record: ContainerRecord,
  options: CheckpointOptions,
): void {
  rmSync(findCheckpoint(context, record, options), { recursive: true });
}

/** Directory of a checkpoint that is there. */
export function findCheckpoint(
  context: Context,
  record: ContainerRecord,
  options: CheckpointOptions,
): string {
  checkName(options.name);
  const path = placeOf(context, record, options);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw notFound(`checkpoint ${options.name} does not exist for container ${record.name}`);
  return path;
}

function checkName(name: string): void {
  if (!NAME.test(name))
    throw invalid(`Invalid checkpoint ID (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
}

const placeOf = (context: Context, record: ContainerRecord, { name, directory }: CheckpointOptions): string =>
  join(parentOf(context, record, directory), name);

function parentOf(context: Context, record: ContainerRecord, directory = ''): string {
  if (directory === '') return join(pathsOf(context, record).dir, 'checkpoints');
  if (!isAbsolute(directory))
    throw invalid(`invalid checkpoint directory ${JSON.stringify(directory)}: want an absolute path`);
  return directory;
}

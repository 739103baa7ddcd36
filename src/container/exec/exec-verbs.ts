import { conflict, invalid, notFound } from '../../lib/errors.ts';
import { randomId } from '../../lib/id.ts';
import { StartError } from '../../runtime/start-error.ts';
import type { ExecHandle } from '../../runtime/types.ts';
import { resolveUser } from '../../runtime/user/resolve-user.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import { checkRuns } from '../running.ts';
import type { Containers, ExecInfo, ExecSpec, ExecStreams } from '../types.ts';
import type { ExecRecord } from './exec-store.ts';
import { tellExec, tellExecEnd } from './exec-events.ts';
import { runExec } from './run-exec.ts';

export function createExec(context: Context, record: ContainerRecord, name: string, spec: ExecSpec): string {
  checkAcceptsExec(record, name);
  context.runtime.anticipate();
  if (spec.cmd.length === 0) throw invalid('No exec command specified');
  if (spec.user !== '') resolveUser(context.snapshots.treePath(record.id), spec.user); // throws for one that there is not
  const id = randomId();
  context.execs.add(id, record.id, spec);
  tellExec(context, record, id, 'exec_create', spec.cmd);
  return id;
}

/** Throws with Docker's texts unless a process can be started in it now; `name` is what the client calls it. */
function checkAcceptsExec(record: ContainerRecord, name: string): void {
  checkRuns(record);
  if (record.state.status === 'paused')
    throw conflict(`Container ${name} is paused, unpause the container before exec`);
}

/** Throws with Docker's texts unless its container takes one now. */
export function checkExec(context: Context, execId: string): { exec: ExecRecord; record: ContainerRecord } {
  const exec = context.execs.get(execId);
  const record = context.store.get(exec.containerId);
  checkAcceptsExec(record, record.id);
  return { exec, record };
}

export async function startExec(
  context: Context,
  execId: string,
  options: Parameters<Containers['execStart']>[1],
): Promise<ExecStreams | undefined> {
  const { exec, record } = checkExec(context, execId);
  if (exec.status === 'running') throw conflict(`exec command ${execId} is already running`);
  if (exec.status === 'exited') throw conflict(`exec command ${execId} has already run`);
  exec.status = 'running';
  const handle = await launch(context, record, exec, options);
  exec.handle = handle;
  tellExec(context, record, execId, 'exec_start', exec.spec.cmd);
  const exited = handle.exited.then((exitCode) => finish(context, record, exec, exitCode));
  return options.detach
    ? undefined
    : { stdin: handle.stdin, stdout: handle.stdout, stderr: handle.stderr, exited };
}

async function launch(
  context: Context,
  record: ContainerRecord,
  exec: ExecRecord,
  options: Parameters<Containers['execStart']>[1],
): Promise<ExecHandle> {
  const consoleSize = options.consoleSize ?? exec.spec.consoleSize;
  try {
    return await runExec(context, record, {
      ...exec.spec,
      detach: options.detach,
      ...(consoleSize && { consoleSize }),
    });
  } catch (error) {
    finish(context, record, exec, error instanceof StartError ? error.exitCode : 126);
    checkAcceptsExec(record, record.id); // it may have ended meanwhile, which says more than what the runtime makes of it
    throw error;
  }
}

function finish(context: Context, record: ContainerRecord, exec: ExecRecord, exitCode: number): number {
  context.execs.end(exec, exitCode);
  tellExecEnd(context, record, exec.id, exitCode);
  return exitCode;
}

export async function resizeExec(
  context: Context,
  execId: string,
  size: { height: number; width: number },
): Promise<void> {
  const { containerId, handle, status } = context.execs.get(execId);
  checkRuns(context.store.get(containerId));
  if (!handle || status !== 'running')
    throw notFound(`NotFound: process does not exist ${execId}: not found`);
  await handle.resize(size);
}

export function inspectExec(context: Context, execId: string): ExecInfo {
  const { id, containerId, spec, status, exitCode, handle } = context.execs.get(execId);
  return { id, containerId, spec, running: status === 'running', exitCode, pid: handle?.pid ?? 0 };
}

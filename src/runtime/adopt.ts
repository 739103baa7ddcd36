import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pidfd } from '../kernel/pidfd.ts';
import { isFrozen } from './cgroup/freezer.ts';
import { isInGroup } from './cgroup/processes.ts';
import { pidFile } from './conmon/arguments.ts';
import { findMonitor, openProcess } from './conmon/find-monitor.ts';
import type { RuntimeContext } from './context.ts';
import { recordedCgroup } from './delete.ts';
import { type ExitSource, readExit, writeExit } from './exit-files.ts';
import { MonitoredContainer } from './monitored-container.ts';
import { readPid, readText } from './read-text.ts';
import { runRuntime } from './run-runtime.ts';
import { settleWithoutMonitor, unknownExitCode } from './settle-exit.ts';
import type { ExitStatus, Runtime } from './types.ts';

type Adopted = Awaited<ReturnType<Runtime['adopt']>>;

/** How long a create may take that went on when its engine died. */
const createPatience = 5000;

/** How long a monitor may take from the death of its container to the exit file. */
const drainPatience = 5000;

/**
 * Finds out what became of a container of an earlier engine. In this order: the exit file; the init process, known by its cgroup;
 * the monitor, which may be about to write the exit file. What was half made (no pid file) counts as nothing.
 */
export async function adoptContainer(context: RuntimeContext, id: string, bundle: string): Promise<Adopted> {
  const cgroup = recordedCgroup(bundle);
  const source = { id, bundle, cgroup: cgroup ?? '' };
  const exit = readExit(context, source);
  if (exit) return { state: 'exited', exit };
  if (cgroup === undefined) return undefined;
  const monitor = findMonitor(bundle, id);
  const pid = await latePid(bundle, monitor);
  if (pid === undefined) {
    monitor?.close();
    return undefined;
  }
  const init = isInGroup(pid, cgroup) ? openProcess(pid) : undefined;
  if (!init || init.ended) return { state: 'exited', exit: await lateExit(context, source, monitor) };
  const container = new MonitoredContainer(id, bundle, cgroup, init);
  context.containers.set(id, container);
  follow(context, container, monitor);
  return { state: await stateOf(context, container), container };
}

/** The pid of init. A create that is under way is waited for: killed half-way it could leave something behind. */
async function latePid(bundle: string, monitor: Pidfd | undefined): Promise<number | undefined> {
  for (let waited = 0; monitor && !monitor.ended && waited < createPatience; waited += 5) {
    const pid = readPid(pidFile(bundle));
    if (pid !== undefined) return pid;
    await delay(5);
  }
  return readPid(pidFile(bundle));
}

/** The container is dead: its exit as the monitor writes it, or one of unknown cause when there is none who could. */
async function lateExit(
  context: RuntimeContext,
  source: ExitSource,
  monitor: Pidfd | undefined,
): Promise<ExitStatus> {
  for (let waited = 0; monitor && !monitor.ended && waited < drainPatience; waited += 5) await delay(5);
  monitor?.close();
  return readExit(context, source) ?? writeExit(context, source, unknownExitCode);
}

/** Waits for the end of a container whose monitor is not our child. */
function follow(context: RuntimeContext, container: MonitoredContainer, monitor: Pidfd | undefined): void {
  context.exitWatch.add(container.id, monitor, (monitorEnded) => {
    const exit = readExit(context, container);
    if (exit) container.finish(exit);
    else if (monitorEnded) void settleWithoutMonitor(context, container);
    return exit !== undefined || monitorEnded;
  });
}

async function stateOf(
  context: RuntimeContext,
  container: MonitoredContainer,
): Promise<'running' | 'paused' | 'created'> {
  if (isFrozen(context.cgroups, container.cgroup)) return 'paused';
  const { id, bundle } = container;
  if (context.native) return nativeStateOf(join(context.command.stateDir, id, 'exec.fifo'), container.pid);
  const { status } = JSON.parse(await runRuntime(context, bundle, ['state', id])) as { status: string };
  return status === 'created' ? 'created' : 'running';
}

/** runc's init still waits at its FIFO. A FIFO that stayed though the program runs is what a start left that died half-way. */
function nativeStateOf(fifo: string, pid: number): 'created' | 'running' {
  if (!existsSync(fifo)) return 'running';
  if (readText(`/proc/${pid}/comm`)?.startsWith('runc:[')) return 'created';
  rmSync(fifo, { force: true });
  return 'running';
}

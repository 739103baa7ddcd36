import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KernelError } from '../kernel/libc.ts';
import { Pidfd } from '../kernel/pidfd.ts';
import { hasCode } from '../lib/errors.ts';
import { isFrozen } from './cgroup/freezer.ts';
import { isInGroup } from './cgroup/processes.ts';
import { pidFile } from './conmon/arguments.ts';
import { monitorFiles } from './conmon/launch.ts';
import type { RuntimeContext } from './context.ts';
import { recordedCgroup } from './delete.ts';
import { type ExitSource, readExit, writeExit } from './exit-files.ts';
import { MonitoredContainer } from './monitored-container.ts';
import { runRuntime } from './run-runtime.ts';
import { settleWithoutMonitor, unknownExitCode } from './settle-exit.ts';
import type { ExitStatus, Runtime } from './types.ts';

type Adopted = Awaited<ReturnType<Runtime['adopt']>>;

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
  const pid = readPid(pidFile(bundle));
  if (pid === undefined) {
    monitor?.signal(9); // the runtime's create, still under way, dies with it
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
  if (context.native) {
    return existsSync(join(context.command.stateDir, id, 'exec.fifo')) ? 'created' : 'running';
  }
  const { status } = JSON.parse(await runRuntime(context, bundle, ['state', id])) as { status: string };
  return status === 'created' ? 'created' : 'running';
}

/** The conmon of a bundle: by the pid that we noted, or, if the engine died before it could, by its arguments. */
function findMonitor(bundle: string, id: string): Pidfd | undefined {
  const noted = readPid(join(bundle, monitorFiles.pid));
  if (noted !== undefined && isMonitorOf(noted, bundle, id)) return openProcess(noted);
  const pid = noted === undefined ? allPids().find((other) => isMonitorOf(other, bundle, id)) : undefined;
  return pid === undefined ? undefined : openProcess(pid);
}

function isMonitorOf(pid: number, bundle: string, id: string): boolean {
  const args = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return args.includes('--exit-dir') && follows(args, '-c', id) && follows(args, '-b', bundle);
}

const follows = (args: readonly string[], flag: string, value: string): boolean =>
  args[args.indexOf(flag) + 1] === value;

const allPids = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

function openProcess(pid: number): Pidfd | undefined {
  try {
    return Pidfd.open(pid);
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ESRCH') return undefined;
    throw error;
  }
}

function readPid(path: string): number | undefined {
  const pid = Number(readText(path));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

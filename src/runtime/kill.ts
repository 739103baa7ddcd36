import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { conflict } from '../lib/errors.ts';
import { isFrozen, thaw } from './cgroup/freezer.ts';
import { processesOf } from './cgroup/processes.ts';
import type { RuntimeContext } from './context.ts';
import { findContainer, type MonitoredContainer } from './monitored-container.ts';
import { signalProcess } from './signal-process.ts';

/** Sends a signal to the init, or to every process of a container. Throws `conflict` when it does not run. */
export async function killContainer(
  context: RuntimeContext,
  id: string,
  signal: number,
  all = false,
): Promise<void> {
  const container = findContainer(context, id);
  if (container.hasExited) throw notRunning(id);
  if (signal !== constants.signals.SIGKILL) {
    await untilProgramRuns(container);
    await untilHandled(container, signal);
  }
  if (all) {
    for (const pid of processesOf(context.cgroups, container.cgroup)) signalProcess(pid, signal);
  } else if (!container.init.signal(signal)) throw notRunning(id);
  if (signal === constants.signals.SIGKILL) wake(context, container);
}

/** What runc calls its init until that executes the program. */
const initName = 'runc:[2:INIT]\n';
const STEP = 1;
const PATIENCE = 1000;

/** The runtime's init would take a signal for itself: a program that was just let go gets a moment to take its place. */
export async function untilProgramRuns({ pid }: MonitoredContainer): Promise<void> {
  for (let waited = 0; waited < PATIENCE && nameOf(pid) === initName; waited += STEP) await delay(STEP);
}

/** Milliseconds that a program has to say which signals it handles. */
const YOUTH = 250;

/**
 * The kernel throws away what the first process of a namespace does not handle, and a program that has just begun handles nothing yet.
 * With Docker it does by the time that the client can send something: starts take longer there.
 */
async function untilHandled(container: MonitoredContainer, signal: number): Promise<void> {
  const isYoung = (): boolean => performance.now() - container.releasedAt < YOUTH;
  while (isYoung() && !container.hasExited && !handles(container.pid, signal)) await delay(STEP);
}

/** Whether a process catches or ignores a signal (proc(5), status). */
function handles(pid: number, signal: number): boolean {
  try {
    const masks = readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^Sig(?:Cgt|Ign):\t([0-9a-f]+)$/gm);
    return masks.some(([, mask = '']) => ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n);
  } catch {
    return true; // it has ended
  }
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return undefined; // it has ended
  }
}

/** A frozen process of a version 1 group dies only when it is thawed; version 2 does that itself. */
function wake(context: RuntimeContext, container: MonitoredContainer): void {
  if (context.cgroups.version === 1 && isFrozen(context.cgroups, container.cgroup)) {
    thaw(context.cgroups, container.cgroup);
  }
}

const notRunning = (id: string): Error => conflict(`container ${id} is not running`);

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
  if (signal !== constants.signals.SIGKILL) await untilProgramRuns(container);
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

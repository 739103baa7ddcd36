import { constants } from 'node:os';
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
  if (all) {
    for (const pid of processesOf(context.cgroups, container.cgroup)) signalProcess(pid, signal);
  } else if (!container.init.signal(signal)) throw notRunning(id);
  if (signal === constants.signals.SIGKILL) wake(context, container);
}

/** A frozen process of a version 1 group dies only when it is thawed; version 2 does that itself. */
function wake(context: RuntimeContext, container: MonitoredContainer): void {
  if (context.cgroups.version === 1 && isFrozen(context.cgroups, container.cgroup)) {
    thaw(context.cgroups, container.cgroup);
  }
}

const notRunning = (id: string): Error => conflict(`container ${id} is not running`);

import { constants } from 'node:os';
import { conflict, hasCode } from '../lib/errors.ts';
import { isFrozen, thaw } from './cgroup/freezer.ts';
import { processesOf } from './cgroup/processes.ts';
import type { RuntimeContext } from './context.ts';
import { findContainer, type MonitoredContainer } from './monitored-container.ts';

/** Sends a signal to the init, or to every process of a container. Throws `conflict` when it does not run. */
export async function killContainer(
  context: RuntimeContext,
  id: string,
  signal: number,
  all = false,
): Promise<void> {
  const container = findContainer(context, id);
  if (container.hasExited) throw notRunning(id);
  if (all) signalAll(processesOf(context.cgroups, container.cgroup), signal);
  else if (!container.init.signal(signal)) throw notRunning(id);
  if (signal === constants.signals.SIGKILL) wake(context, container);
}

/** A frozen process of a version 1 group dies only when it is thawed; version 2 does that itself. */
function wake(context: RuntimeContext, container: MonitoredContainer): void {
  if (context.cgroups.version === 1 && isFrozen(context.cgroups, container.cgroup)) {
    thaw(context.cgroups, container.cgroup);
  }
}

function signalAll(pids: readonly number[], signal: number): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
}

const notRunning = (id: string): Error => conflict(`container ${id} is not running`);

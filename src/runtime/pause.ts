import { conflict } from '../lib/errors.ts';
import { freeze, thaw } from './cgroup/freezer.ts';
import type { RuntimeContext } from './context.ts';
import { findContainer, type MonitoredContainer } from './monitored-container.ts';

/** Stops all processes where they are. 0.2 ms by the freezer's file; the runtime's verb takes 15. */
export async function pauseContainer(context: RuntimeContext, id: string): Promise<void> {
  await freeze(context.cgroups, runningContainer(context, id).cgroup);
}

/** Lets them run on. */
export async function resumeContainer(context: RuntimeContext, id: string): Promise<void> {
  thaw(context.cgroups, runningContainer(context, id).cgroup);
}

function runningContainer(context: RuntimeContext, id: string): MonitoredContainer {
  const container = findContainer(context, id);
  if (container.hasExited) throw conflict(`container ${id} is not running`);
  return container;
}

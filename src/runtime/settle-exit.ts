import { setTimeout as delay } from 'node:timers/promises';
import type { RuntimeContext } from './context.ts';
import { readExit, writeExit } from './exit-files.ts';
import type { MonitoredContainer } from './monitored-container.ts';

/** What a container counts as that ended by unknown means, as if killed by SIGKILL. */
export const unknownExitCode = 137;

/** The kernel tells an exit code after the parent reaped the process, which takes a moment. */
const reapPatience = 1000;

/** Resolves `exited` of a container whose monitor, our child, ends with `ended`. */
export async function settleWhenMonitorEnds(
  context: RuntimeContext,
  container: MonitoredContainer,
  ended: Promise<number | undefined>,
): Promise<void> {
  await ended.catch(() => undefined);
  const status = readExit(context, container);
  if (status) container.finish(status);
  else await settleWithoutMonitor(context, container);
}

/** The monitor is gone and left no exit code: asks the kernel, which knows since 6.15, when the container ends. */
export async function settleWithoutMonitor(
  context: RuntimeContext,
  container: MonitoredContainer,
): Promise<void> {
  context.logger.warn('The monitor of a container was killed: its output is lost from now on', {
    container: container.id,
  });
  while (!container.hasExited && !container.init.ended) await delay(100, undefined, { ref: false });
  if (container.hasExited) return;
  const code = await reapedExitCode(container);
  container.finish(writeExit(context, container, code ?? unknownExitCode));
}

async function reapedExitCode(container: MonitoredContainer): Promise<number | undefined> {
  for (let waited = 0; waited < reapPatience; waited += 10) {
    const code = container.init.exitCode();
    if (code !== undefined) return code;
    await delay(10);
  }
  return undefined;
}

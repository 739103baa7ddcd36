import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pidfd } from '../kernel/pidfd.ts';
import { requireDescriptors } from '../lib/descriptors.ts';
import { awaitStart, launchMonitor, type Monitor, monitorFiles } from './conmon/launch.ts';
import { pidFile, runtimeLog } from './conmon/arguments.ts';
import type { RuntimeContext } from './context.ts';
import { deleteContainer } from './delete.ts';
import { checkCriu } from './checkpoint.ts';
import { createFailure } from './diagnose/start-failure.ts';
import { forgetExit } from './exit-files.ts';
import { MonitoredContainer } from './monitored-container.ts';
import { settleWhenMonitorEnds } from './settle-exit.ts';
import { encodeSpec } from './spec/encode.ts';
import { makeRuntimeSpec } from './spec/make-runtime-spec.ts';
import type { CreateOptions, RunningContainer } from './types.ts';

/** Makes the container with its monitor. On failure nothing is left of it. */
export async function createContainer(
  context: RuntimeContext,
  options: CreateOptions,
): Promise<RunningContainer> {
  const { bundle, signal } = options;
  const { id } = options.spec;
  signal?.throwIfAborted();
  requireDescriptors();
  if (options.restoreFrom !== undefined) checkCriu();
  const spec = makeRuntimeSpec(options.spec, context.host);
  const isNew = mkdirSync(bundle, { recursive: true, mode: 0o700 }) !== undefined;
  if (!isNew) removeStale(bundle);
  forgetExit(context, id);
  writeFileSync(join(bundle, 'config.json'), encodeSpec(spec), { mode: 0o600 });
  try {
    const monitor = launch(context, options);
    const pid = await awaitStart(monitor, signal).finally(() => monitor.sync.close());
    signal?.throwIfAborted();
    if (typeof pid === 'object') throw createFailure(pid.failure, options.spec, context.host.architecture);
    const container = new MonitoredContainer(id, bundle, spec.linux.cgroupsPath, Pidfd.open(pid));
    context.containers.set(id, container);
    void settleWhenMonitorEnds(context, container, monitor.ended);
    return container;
  } catch (error) {
    await deleteContainer(context, id, bundle);
    throw error;
  }
}

/** Files of an earlier run in the same bundle that would be taken for this one's. */
function removeStale(bundle: string): void {
  const { oom, pid } = monitorFiles;
  for (const path of [pidFile(bundle), runtimeLog(bundle), join(bundle, oom), join(bundle, pid)])
    rmSync(path, { force: true });
}

function launch(context: RuntimeContext, options: CreateOptions): Monitor {
  return launchMonitor(
    context.monitor,
    {
      id: options.spec.id,
      runtime: context.command,
      directory: options.bundle,
      log: `k8s-file:${options.logPath}`,
      tty: options.spec.process.tty,
      stdin: options.stdin,
      leaveStdinOpen: options.stdin && !options.stdinOnce,
      exitsDir: context.exitsDir,
      ...(options.restoreFrom !== undefined && { restoreFrom: options.restoreFrom }),
    },
    context.monitors,
  );
}

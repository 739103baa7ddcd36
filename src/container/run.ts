import type { RunningContainer } from '../runtime/types.ts';
import type { ContainerRecord, Run } from './container-record.ts';
import type { Context } from './context.ts';
import { startHealthMonitor } from './health/health-monitor.ts';
import { startSink } from './logs/sinks/start-sink.ts';

/** A process runs for this container: from here on its end is dealt with, and its health is looked after. */
export function enterRun(
  context: Context,
  record: ContainerRecord,
  running: RunningContainer,
  startedAt: Date,
): void {
  const run: Run = { running, startedAt };
  record.run = run;
  void running.exited.then((exit) => context.handleExit(record, run, exit));
  startHealthMonitor(context, record, run);
  startSink(context, record, run);
  record.moments.emit('started', run);
}

import { statSync } from 'node:fs';
import { messageOf } from '../../lib/errors.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import { logLimits } from './log-config.ts';
import { dropOldSegments, nextSegmentPath } from './log-segments.ts';

const CALM = 2000;
/** When a log grows so fast that it would overshoot by far until the next calm look. */
const BUSY = 200;

/** Looks at the logs of running containers from time to time and rotates the full ones, until the engine closes. */
export function startLogRotation(context: Context): void {
  const sizes = new Map<string, number>();
  let timer: NodeJS.Timeout;
  const look = (): void => {
    let isBusy = false;
    for (const record of context.store.all()) {
      if (record.run) isBusy = lookAt(context, record, sizes) || isBusy;
      else sizes.delete(record.id);
    }
    timer = setTimeout(look, isBusy ? BUSY : CALM).unref();
  };
  timer = setTimeout(look, CALM).unref();
  context.closing.addEventListener('abort', () => clearTimeout(timer));
}

/** Rotates a full log. True when it grows fast. */
function lookAt(context: Context, record: ContainerRecord, sizes: Map<string, number>): boolean {
  const { maxSize } = limitsOf(context, record);
  const size = statSync(pathsOf(context, record).log, { throwIfNoEntry: false })?.size ?? 0;
  const growth = size - (sizes.get(record.id) ?? size);
  sizes.set(record.id, size);
  if (size >= maxSize) void rotateLog(context, record);
  return growth > maxSize / 2 || size >= maxSize;
}

/** Starts a new segment and drops the oldest beyond the limit. Only what runs has somebody who writes on. */
export async function rotateLog(context: Context, record: ContainerRecord): Promise<void> {
  await context.locks.run(record.id, async () => {
    const { log, bundle } = pathsOf(context, record);
    const { run } = record;
    if (!run) return;
    try {
      await context.runtime.rotateLog(record.id, bundle, log, nextSegmentPath(log));
      // what a log driver has not got yet stays until the next time
      if (run.sink?.isBehind !== true) dropOldSegments(log, limitsOf(context, record).maxFile);
    } catch (error) {
      context.logger.warn(`cannot rotate a log: ${messageOf(error)}`, { container: record.id });
    }
  });
}

function limitsOf(context: Context, { spec }: ContainerRecord): ReturnType<typeof logLimits> {
  const { logMaxSize, logMaxFile } = context.settings;
  return logLimits(spec.log, { maxSize: logMaxSize, maxFile: logMaxFile });
}

import { statSync } from 'node:fs';
import { messageOf } from '../../lib/errors.ts';
import type { ContainerRecord, Run } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import { logLimits } from './log-config.ts';
import { dropOldSegments, nextSegmentPath } from './log-segments.ts';

/** Milliseconds between two looks when nothing is about to become full; with many containers they are rarer, so that they cost little. */
const CALM = 500;
const CALM_EACH = 2;
const SHORTEST = 20;

/** What a look found at a log. */
interface Seen {
  readonly size: number;
  readonly at: number;
}

/** Looks at the logs of running containers from time to time and rotates the full ones, until the engine closes. */
export function startLogRotation(context: Context): void {
  const seen = new Map<string, Seen>();
  let timer: NodeJS.Timeout;
  const look = (): void => {
    let wait = CALM;
    let count = 0;
    for (const record of context.store.all()) {
      if (!record.run) {
        seen.delete(record.id);
        continue;
      }
      count += 1;
      wait = Math.min(wait, lookAt(context, record, seen));
    }
    const calm = Math.max(CALM, count * CALM_EACH);
    timer = setTimeout(look, wait === CALM ? calm : Math.max(wait, SHORTEST)).unref();
  };
  timer = setTimeout(look, CALM).unref();
  context.closing.addEventListener('abort', () => clearTimeout(timer));
}

const sizeOf = (log: string): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;

/** Rotates a full log. Milliseconds until it may be full, at most CALM. */
function lookAt(context: Context, record: ContainerRecord, seen: Map<string, Seen>): number {
  const { maxSize } = limitsOf(context, record);
  const size = sizeOf(pathsOf(context, record).log);
  const at = performance.now();
  const before = seen.get(record.id) ?? { size, at };
  seen.set(record.id, { size, at });
  if (size >= maxSize) void rotateLog(context, record);
  else if (record.run?.hasOldSegments) dropOld(context, record, record.run);
  const growth = size < before.size ? size : size - before.size; // a smaller one is new
  if (growth === 0) return CALM;
  const left = size >= maxSize ? maxSize : maxSize - size;
  return Math.min(CALM, (left * (at - before.at)) / growth);
}

/** Starts a new segment and drops the oldest beyond the limit. Only what runs has somebody who writes on. */
export async function rotateLog(context: Context, record: ContainerRecord): Promise<void> {
  await context.locks.run(record.id, async () => {
    const { log, bundle } = pathsOf(context, record);
    const { run } = record;
    if (!run || sizeOf(log) < limitsOf(context, record).maxSize) return;
    try {
      await context.runtime.rotateLog(record.id, bundle, log, nextSegmentPath(log));
      dropOld(context, record, run);
    } catch (error) {
      context.logger.warn(`cannot rotate a log: ${messageOf(error)}`, { container: record.id });
    }
  });
}

/** What a log driver has not got yet stays until it has. */
function dropOld(context: Context, record: ContainerRecord, run: Run): void {
  run.hasOldSegments = run.sink?.isBehind === true;
  if (run.hasOldSegments) return;
  const { log } = pathsOf(context, record);
  const { maxFile } = limitsOf(context, record);
  dropOldSegments(log, maxFile, (oldest) => context.logWatches.tellDrop(log, oldest));
}

function limitsOf(context: Context, { spec }: ContainerRecord): ReturnType<typeof logLimits> {
  const { logMaxSize, logMaxFile } = context.settings;
  return logLimits(spec.log, { maxSize: logMaxSize, maxFile: logMaxFile });
}

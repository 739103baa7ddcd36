import { statSync } from 'node:fs';
import { once } from 'node:events';
import type { ContainerRecord } from '../container-record.ts';
import type { LogWatches } from './log-watch.ts';

/** Milliseconds from its start for which a container may be silent because it has hardly begun. */
const YOUNG = 100;

/**
 * Resolves when a container that was started a moment ago has written something, has ended, or is no longer young; at once for all
 * others. Clients start a short command and read its logs with the next request: Docker's start takes so long that they find some.
 */
export async function firstOutput(
  record: Pick<ContainerRecord, 'run' | 'moments'>,
  log: string,
  watches: LogWatches,
  signal?: AbortSignal,
): Promise<void> {
  const left = record.run ? record.run.startedAt.getTime() + YOUNG - Date.now() : 0;
  if (left <= 0 || hasContent(log)) return;
  const stop = new AbortController();
  const signals = AbortSignal.any([stop.signal, AbortSignal.timeout(left), ...(signal ? [signal] : [])]);
  using watch = watches.open(log);
  const ended = once(record.moments, 'exited', { signal: signals }).catch(() => {});
  const written = (async () => {
    while (!signals.aborted && !hasContent(log)) await watch.changed(signals);
  })();
  await Promise.race([ended, written]);
  stop.abort();
}

const hasContent = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

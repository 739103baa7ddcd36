import { formatDuration } from '../lib/duration.ts';
import { invalid } from '../lib/errors.ts';
import type { Service } from './model/types.ts';
import type { Instance } from './plan/instance.ts';
import { ProjectEvents } from './project-events.ts';
import { type Rolling, startContainers, waitUntilReady } from './start.ts';
import { waitForDependencies } from './wait.ts';
import type { Work } from './work.ts';

export interface StartAllOptions {
  /** Wait until what has health checks is healthy, what declares ports listens, and all else runs. */
  readonly wait?: boolean;
  /** Seconds that `wait` may take */
  readonly waitTimeout?: number;
  /** Conditions to wait for at the end: those of a service that is about to run once. */
  readonly waitFor?: Service['dependsOn'];
}

/** Starts what these services have, in the order of their dependencies, and waits as the options say. */
export async function startAll(
  work: Work,
  services: readonly Service[],
  {
    containers,
    rolling,
  }: {
    readonly containers: Map<string, readonly Instance[]>;
    readonly rolling?: ReadonlyMap<string, Rolling>;
  },
  options: StartAllOptions,
): Promise<void> {
  using events = new ProjectEvents(work.client, work.project.name);
  const starting = {
    events,
    services: new Map(services.map((service) => [service.name, service])),
    containers,
    ...(rolling && { rolling }),
  };
  await startContainers(work, services, starting);
  if (options.waitFor) await waitForDependencies(work, work.project.name, options.waitFor, starting);
  if (options.wait)
    await inTime(work, options.waitTimeout, (timed) => waitUntilReady(timed, services, starting));
}

/** Does something that may take so many seconds; as long as it takes without. */
async function inTime(
  work: Work,
  seconds: number | undefined,
  action: (work: Work) => Promise<void>,
): Promise<void> {
  if (!seconds) return action(work);
  const timeout = AbortSignal.timeout(seconds * 1000);
  const signal = work.signal ? AbortSignal.any([work.signal, timeout]) : timeout;
  try {
    await action({ ...work, signal });
  } catch (error) {
    if (!timeout.aborted || work.signal?.aborted) throw error;
    throw invalid(`application not healthy after ${formatDuration(seconds * 1e9)}`, error);
  }
}

import { kindOf, messageOf } from '../lib/errors.ts';
import { problemAt } from './load/compose-error.ts';
import { allOf, unlessGone } from './meanwhile.ts';
import type { Service } from './model/types.ts';
import { walkGraph } from './plan/graph.ts';
import type { Instance } from './plan/instance.ts';
import { waitForDependencies, waitFor, type Waiting } from './wait.ts';
import { step, type Work } from './work.ts';

/** Brings the containers of a service up to date while it goes on; returns all that it has then. */
export type Rolling = (waiting: Waiting) => Promise<readonly Instance[]>;

/** What is started: the waiting looks at the same containers. */
export interface Starting extends Waiting {
  readonly containers: Map<string, readonly Instance[]>;
  /** Updates step by step, by service. */
  readonly rolling?: ReadonlyMap<string, Rolling>;
}

/** Starts the containers of these services by their dependencies, each when its conditions are met. */
export async function startContainers(
  work: Work,
  services: readonly Service[],
  starting: Starting,
): Promise<void> {
  await walkGraph(services, async (service) => {
    await waitForDependencies(work, service.name, service.dependsOn, starting);
    const update = starting.rolling?.get(service.name);
    if (update) starting.containers.set(service.name, await update(starting));
    await startService(work, service, starting);
  });
}

async function startService(work: Work, service: Service, { containers }: Starting): Promise<void> {
  const instances = containers.get(service.name) ?? [];
  const stopped = instances.filter(({ running }) => !running);
  const [first] = stopped;
  if (!first) return;
  if (service.preStart.length > 0)
    await (await import('./pre-start.ts')).runStartHooks(work, service, stopped);
  const start = (instance: Instance): Promise<void> => startInstance(work, service, instance);
  // the engine gives out the ports of a range one by one
  if (hasPortRange(service)) for (const instance of stopped) await start(instance);
  else await allOf(stopped.map(start));
  containers.set(
    service.name,
    instances.map((instance) => ({ ...instance, running: true })),
  );
}

const hasPortRange = ({ ports }: Service): boolean => ports.some(({ published }) => published?.includes('-'));

/** Starts a container with its files and hooks. */
export async function startInstance(work: Work, service: Service, instance: Instance): Promise<void> {
  const start = async (): Promise<void> => {
    if (service.configs.length + service.secrets.length > 0)
      await (await import('./copy-files.ts')).copyFiles(work, service, instance);
    await work.client.containers.start(instance.id).catch(async (error: unknown) => {
      if (kindOf(error) !== 'not-modified')
        throw await (await import('./port-taken.ts')).explainPort(work, service, explained(service, error));
    });
    if (service.postStart.length > 0)
      await (await import('./hooks.ts')).runHooks(work, instance, service.postStart);
  };
  await step(work, 'Container', instance.name, ['Starting', 'Started'], () =>
    unlessGone(work, instance.id, start),
  );
}

/** A device that the engine can't give is named with the place that asks for it. */
function explained({ name, place, gpus, deploy }: Service, error: unknown): unknown {
  const asked = gpus.length + (deploy?.reservations.devices.length ?? 0);
  if (asked === 0 || !/device driver|CDI|device/i.test(messageOf(error))) return error;
  return problemAt(
    place,
    `service ${JSON.stringify(name)} asks for devices that the engine does not have: ${messageOf(error)} (GPUs need a description of them in /etc/cdi or /var/run/cdi)`,
  );
}

/**
 * Waits until every container of these services is ready (`--wait`): healthy where it has a health check, listening where it
 * declares ports, running else. What others wait for to complete, and what was to run once, is ready when it ended well.
 */
export async function waitUntilReady(
  work: Work,
  services: readonly Service[],
  waiting: Waiting,
): Promise<void> {
  const oneShots = new Set(
    services.flatMap(({ dependsOn }) =>
      [...dependsOn]
        .filter(([, { condition }]) => condition === 'service_completed_successfully')
        .map(([name]) => name),
    ),
  );
  await Promise.all(
    services.flatMap((service) =>
      (waiting.containers.get(service.name) ?? []).map((instance) =>
        waitFor(
          work,
          service,
          instance,
          oneShots.has(service.name) ? 'service_completed_successfully' : 'ready',
          waiting,
        ),
      ),
    ),
  );
}

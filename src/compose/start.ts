import type { Client } from '../client/client.ts';
import { EngineError, internal } from '../lib/errors.ts';
import type { ContainerInspect } from '../wire/container.ts';
import type { Dependency, Service } from './model/types.ts';
import { walkGraph } from './plan/graph.ts';
import { type Report, reported } from './progress.ts';

const POLL = 100;

export interface StartOptions {
  readonly signal?: AbortSignal;
  /** Services whose containers are new: what depends on them with `restart: true` is restarted. */
  readonly recreated?: ReadonlySet<string>;
  /** Names of the container ids, for messages. */
  readonly names: ReadonlyMap<string, string>;
}

/** Starts the containers of these services by their dependencies, each when its conditions are met. */
export async function startContainers(
  client: Client,
  services: readonly Service[],
  containers: ReadonlyMap<string, readonly string[]>,
  report: Report,
  options: StartOptions,
): Promise<void> {
  await walkGraph(services, async (service) => {
    await waitForDependencies(client, service.dependsOn, containers, report, options);
    const restart = [...service.dependsOn].some(
      ([name, dependency]) => dependency.restart && options.recreated?.has(name),
    );
    await Promise.all(
      (containers.get(service.name) ?? []).map((id) =>
        startOne(client, id, options.names.get(id) ?? id, restart, report),
      ),
    );
  });
}

/** Waits until everything that a service depends on is what the conditions want. */
export async function waitForDependencies(
  client: Client,
  dependsOn: Service['dependsOn'],
  containers: ReadonlyMap<string, readonly string[]>,
  report: Report,
  options: StartOptions,
): Promise<void> {
  await Promise.all(
    [...dependsOn].flatMap(([name, dependency]) =>
      (containers.get(name) ?? []).map((id) => waitFor(client, name, id, dependency, report, options)),
    ),
  );
}

async function startOne(
  client: Client,
  id: string,
  name: string,
  restart: boolean,
  report: Report,
): Promise<void> {
  const { State } = await client.containers.inspect(id);
  if (State.Running && !restart) return;
  if (State.Running)
    return reported(report, 'Container', name, 'Restarting', 'Restarted', () =>
      client.containers.restart(id),
    );
  await reported(report, 'Container', name, 'Starting', 'Started', () =>
    client.containers.start(id).catch(ignoreRunning),
  );
}

function ignoreRunning(error: unknown): void {
  if (!(error instanceof EngineError && error.kind === 'not-modified')) throw error;
}

/** Waits until a dependency is what the condition wants. Throws when it never will be. */
async function waitFor(
  client: Client,
  service: string,
  id: string,
  dependency: Dependency,
  report: Report,
  { signal, names }: StartOptions,
): Promise<void> {
  if (dependency.condition === 'service_started') return;
  const name = names.get(id) ?? id;
  const done = dependency.condition === 'service_healthy' ? 'Healthy' : 'Exited';
  const wait = reported(report, 'Container', name, 'Waiting', done, async () => {
    for (;;) {
      signal?.throwIfAborted();
      const container = await client.containers.inspect(id);
      if (isMet(service, name, container, dependency)) return;
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  });
  await wait.catch((error: unknown) => {
    if (dependency.required) throw error;
  });
}

function isMet(
  service: string,
  name: string,
  { State }: ContainerInspect,
  { condition }: Dependency,
): boolean {
  const ended = State.Status === 'exited' || State.Status === 'dead';
  if (condition === 'service_completed_successfully') {
    if (ended && State.ExitCode !== 0)
      throw internal(
        `service ${JSON.stringify(service)} didn't complete successfully: exit ${State.ExitCode}`,
      );
    return ended;
  }
  if (ended) throw internal(`dependency failed to start: container ${name} exited (${State.ExitCode})`);
  if (!State.Health && State.Running)
    throw internal(`dependency failed to start: container ${name} has no healthcheck configured`);
  if (State.Health?.Status === 'unhealthy')
    throw internal(
      `dependency failed to start: container ${name} is unhealthy${lastProbe(State.Health.Log)}`,
    );
  return State.Health?.Status === 'healthy';
}

const lastProbe = (log: readonly { ExitCode: number; Output: string }[] | null): string => {
  const probe = log?.at(-1);
  const line = probe?.Output.trim().split('\n').at(-1);
  return probe ? ` (its last probe ended with ${probe.ExitCode}${line ? `: ${line}` : ''})` : '';
};

/** Waits until every container of these services runs and, where it has a health check, is healthy (`up --wait`). */
export async function waitUntilReady(
  client: Client,
  services: readonly Service[],
  containers: ReadonlyMap<string, readonly string[]>,
  report: Report,
  options: StartOptions,
): Promise<void> {
  await Promise.all(
    services.flatMap((service) =>
      (containers.get(service.name) ?? []).map(async (id) => {
        const { Config, State } = await client.containers.inspect(id);
        if (!State.Health || Config.Healthcheck?.Test?.[0] === 'NONE') return;
        await waitFor(
          client,
          service.name,
          id,
          { condition: 'service_healthy', restart: false, required: true, place: service.place },
          report,
          options,
        );
      }),
    ),
  );
}

import type { Client } from '../client/client.ts';
import { kindOf } from '../lib/errors.ts';
import type { ContainerSummary } from '../wire/container.ts';
import type { Project } from './model/types.ts';
import { walkGraph } from './plan/graph.ts';
import { containersOf, isUp, nameOf, observe } from './plan/observe.ts';
import { type Report, reported } from './progress.ts';

export interface StopOptions {
  readonly services?: readonly string[];
  /** Seconds */
  readonly timeout?: number | undefined;
  /** Aborted when the user does not want to wait any longer: what still runs is killed. */
  readonly force?: AbortSignal;
}

/** Stops the containers of a project, dependents first. */
export async function stopContainers(
  client: Client,
  project: Project,
  report: Report,
  options: StopOptions = {},
): Promise<void> {
  const observed = await observe(client, project.name);
  const wanted = options.services ?? [];
  const services = [...project.services.values(), ...project.disabled.values()].filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  await walkGraph(
    services,
    async ({ name }) => {
      await Promise.all(
        containersOf(observed, [name])
          .filter(isUp)
          .map((container) => stopOne(client, container, report, options)),
      );
    },
    { reverse: true },
  );
}

async function stopOne(
  client: Client,
  container: ContainerSummary,
  report: Report,
  { timeout, force }: StopOptions,
): Promise<void> {
  const kill = (): void => void client.containers.kill(container.Id).catch(() => {}); // it may have ended
  if (force?.aborted) kill();
  force?.addEventListener('abort', kill, { once: true });
  try {
    await reported(report, 'Container', nameOf(container), 'Stopping', 'Stopped', async () => {
      await client.containers.stop(container.Id, { timeout }).catch((error: unknown) => {
        if (!['not-modified', 'not-found'].includes(kindOf(error))) throw error;
      });
    });
  } finally {
    force?.removeEventListener('abort', kill);
  }
}

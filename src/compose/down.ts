import type { Client } from '../client/client.ts';
import { kindOf } from '../lib/errors.ts';
import type { ContainerSummary } from '../wire/container.ts';
import type { Project, Service } from './model/types.ts';
import { walkGraph } from './plan/graph.ts';
import { label } from './plan/labels.ts';
import { containersOf, isUp, nameOf, observe, type Observed } from './plan/observe.ts';
import { type Report, reported } from './progress.ts';

export interface DownOptions {
  readonly volumes?: boolean;
  readonly removeOrphans?: boolean;
  /** `all`, `local` */
  readonly images?: string | undefined;
  /** Seconds */
  readonly timeout?: number | undefined;
  /** Only these services. */
  readonly services?: readonly string[];
}

/** Stops and removes what `up` made: containers (dependents first), networks and, when asked for, volumes and images. */
export async function down(
  client: Client,
  project: Project,
  report: Report,
  options: DownOptions = {},
): Promise<void> {
  const observed = await observe(client, project.name);
  const services = knownServices(project, observed, options.services ?? []);
  await walkGraph(
    services,
    (service) => removeAll(client, containersOf(observed, [service.name]), report, options),
    { reverse: true },
  );
  if (options.services?.length) return;
  await removeAll(client, observed.oneOffs, report, options);
  if (options.removeOrphans) await removeAll(client, orphansOf(project, observed), report, options);
  await Promise.all([
    removeNetworks(client, project, report),
    options.volumes ? removeVolumes(client, project, report) : undefined,
  ]);
  if (options.images !== undefined) await removeImages(client, project, services, options.images, report);
}

const knownServices = (project: Project, observed: Observed, named: readonly string[]): Service[] =>
  [...project.services.values(), ...project.disabled.values()].filter(({ name }) =>
    named.length === 0 ? observed.byService.has(name) : named.includes(name),
  );

/** Containers that carry the project's name and whose service the files don't know. */
export function orphansOf(project: Project, observed: Observed): ContainerSummary[] {
  return [...observed.byService]
    .filter(([name]) => !project.services.has(name) && !project.disabled.has(name))
    .flatMap(([, items]) => items);
}

async function removeAll(
  client: Client,
  containers: readonly ContainerSummary[],
  report: Report,
  options: DownOptions,
): Promise<void> {
  await Promise.all(
    containers.map(async (container) => {
      const name = nameOf(container);
      if (isUp(container))
        await reported(report, 'Container', name, 'Stopping', 'Stopped', () =>
          client.containers.stop(container.Id, { timeout: options.timeout }).catch(ignoreGone),
        );
      await reported(report, 'Container', name, 'Removing', 'Removed', () =>
        client.containers
          .remove(container.Id, { force: true, volumes: options.volumes ?? false })
          .catch(ignoreGone),
      );
    }),
  );
}

function ignoreGone(error: unknown): void {
  const kind = kindOf(error);
  if (kind !== 'not-found' && kind !== 'not-modified') throw error;
}

async function removeNetworks(client: Client, project: Project, report: Report): Promise<void> {
  const networks = await client.networks.list({ label: [`${label.project}=${project.name}`] });
  await Promise.all(
    networks.map((network) =>
      reported(report, 'Network', network.Name, 'Removing', 'Removed', () =>
        client.networks.remove(network.Id).catch(ignoreGone),
      ),
    ),
  );
}

async function removeVolumes(client: Client, project: Project, report: Report): Promise<void> {
  const { Volumes } = await client.volumes.list({ label: [`${label.project}=${project.name}`] });
  const external = new Set(
    [...project.volumes.values()].filter((volume) => volume.external).map(({ name }) => name),
  );
  await Promise.all(
    (Volumes ?? [])
      .filter(({ Name }) => !external.has(Name))
      .map(({ Name }) =>
        reported(report, 'Volume', Name, 'Removing', 'Removed', () =>
          client.volumes.remove(Name).catch(ignoreGone),
        ),
      ),
  );
}

async function removeImages(
  client: Client,
  project: Project,
  services: readonly Service[],
  which: string,
  report: Report,
): Promise<void> {
  const names = services.flatMap((service) =>
    service.image === undefined
      ? [`${project.name}-${service.name}`]
      : which === 'all'
        ? [service.image]
        : [],
  );
  await Promise.all(
    [...new Set(names)].map((name) =>
      reported(
        report,
        'Image',
        name,
        'Removing',
        'Removed',
        async () => void (await client.images.remove(name).catch(ignoreGone)),
      ),
    ),
  );
}

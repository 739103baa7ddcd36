import type { Client } from '../client/client.ts';
import { invalid } from '../lib/errors.ts';
import { type Created, createContainers, type CreateOptions } from './create.ts';
import { orphansOf } from './down.ts';
import { ensureNetworks } from './ensure-networks.ts';
import { ensureVolumes } from './ensure-volumes.ts';
import { ensureImages, type ImageOptions } from './images.ts';
import type { Project, Service } from './model/types.ts';
import { selectServices } from './plan/graph.ts';
import { nameOf, observe } from './plan/observe.ts';
import type { Report } from './progress.ts';
import { startContainers, waitForDependencies, waitUntilReady } from './start.ts';
import { didYouMean } from '../lib/suggest.ts';

export interface UpOptions extends CreateOptions, ImageOptions {
  /** Services to bring up with what they need; all when none. */
  readonly services?: readonly string[];
  readonly noDeps?: boolean;
  readonly noStart?: boolean;
  readonly removeOrphans?: boolean;
  /** Wait until what has health checks is healthy. */
  readonly wait?: boolean;
  /** Conditions to wait for at the end: those of a service that is about to run once. */
  readonly waitFor?: Service['dependsOn'];
  /** Called when all containers exist and before they start, so that no output is missed. */
  readonly onCreated?: (created: Created, names: ReadonlyMap<string, string>) => Promise<void>;
}

/** Brings a project up: images, networks, volumes, containers, then starts by the dependencies. */
export async function up(
  client: Client,
  project: Project,
  report: Report,
  options: UpOptions = {},
): Promise<Created> {
  const services = chosenServices(project, options);
  const imageIds = await ensureImages(client, project, services, report, options);
  await Promise.all([
    ensureNetworks(client, project, services, report),
    ensureVolumes(client, project, services, report),
  ]);
  await handleOrphans(client, project, report, options.removeOrphans ?? false);
  const created = await createContainers(client, project, services, imageIds, report, options);
  if (options.noStart) return created;
  const observed = await observe(client, project.name);
  const names = new Map(
    [...observed.byService.values()].flat().map((container) => [container.Id, nameOf(container)]),
  );
  await options.onCreated?.(created, names);
  const startOptions = {
    names,
    recreated: created.recreated,
    ...(options.signal && { signal: options.signal }),
  };
  await startContainers(client, services, created.containers, report, startOptions);
  if (options.waitFor)
    await waitForDependencies(client, options.waitFor, created.containers, report, startOptions);
  if (options.wait) await waitUntilReady(client, services, created.containers, report, startOptions);
  return created;
}

export function chosenServices(
  project: Project,
  { services = [], noDeps = false }: Pick<UpOptions, 'services' | 'noDeps'>,
): Service[] {
  for (const name of services) {
    if (!project.services.has(name))
      throw invalid(`no such service: ${name}${didYouMean(name, project.services.keys())}`);
  }
  const chosen = selectServices(project, services, noDeps);
  if (chosen.length === 0) throw invalid('no service selected');
  return chosen;
}

async function handleOrphans(
  client: Client,
  project: Project,
  report: Report,
  remove: boolean,
): Promise<void> {
  const orphans = orphansOf(project, await observe(client, project.name));
  if (orphans.length === 0) return;
  if (!remove) {
    report({
      kind: 'Container',
      name: orphans.map(nameOf).join(', '),
      status: `Found orphan containers for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`,
      state: 'warning',
    });
    return;
  }
  for (const orphan of orphans) {
    await client.containers.remove(orphan.Id, { force: true });
    report({ kind: 'Container', name: nameOf(orphan), status: 'Removed', state: 'done' });
  }
}

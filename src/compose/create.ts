import type { Client } from '../client/client.ts';
import { randomId } from '../lib/id.ts';
import { mapPool } from '../lib/pool.ts';
import type { ContainerSummary } from '../wire/container.ts';
import { prerequisitesOf } from './model/references.ts';
import type { Project, Service } from './model/types.ts';
import { serviceHash } from './plan/config-hash.ts';
import { createBody } from './plan/create-body.ts';
import type { InstanceOptions } from './plan/instance.ts';
import { walkGraph } from './plan/graph.ts';
import { label } from './plan/labels.ts';
import { containerName } from './plan/names.ts';
import { isUp, nameOf, numberOf, observe } from './plan/observe.ts';
import { type Report, reported } from './progress.ts';

export interface CreateOptions {
  readonly forceRecreate?: boolean;
  readonly noRecreate?: boolean;
  /** Don't carry anonymous volumes over to the new container. */
  readonly renewAnonVolumes?: boolean;
  /** Number of containers by service, over the file's. */
  readonly scale?: ReadonlyMap<string, number>;
  /** Seconds to wait for the old container to stop. */
  readonly timeout?: number;
}

/** What stands at the end of `create`: the container ids of each service, and which services have new ones. */
export interface Created {
  readonly containers: ReadonlyMap<string, readonly string[]>;
  readonly recreated: ReadonlySet<string>;
}

/**
 * Brings the containers of these services to what the files say, without starting them: missing ones are made, those with another
 * configuration or image are replaced, surplus ones removed, all others left alone. `imageIds` is by service.
 */
export async function createContainers(
  client: Client,
  project: Project,
  services: readonly Service[],
  imageIds: ReadonlyMap<string, string>,
  report: Report,
  options: CreateOptions = {},
): Promise<Created> {
  const observed = await observe(client, project.name);
  const containers = new Map<string, string[]>(
    [...observed.byService].map(([name, items]) => [name, items.map(({ Id }) => Id)]),
  );
  const recreated = new Set<string>();
  const instance = (service: Service): Omit<InstanceOptions, 'number' | 'oneOff'> => ({
    imageId: imageIds.get(service.name) ?? '',
    containerOf: (name) => containers.get(name)?.[0] ?? `${project.name}-${name}-1`,
  });
  await walkGraph(services, async (service) => {
    const existing = observed.byService.get(service.name) ?? [];
    const count = options.scale?.get(service.name) ?? service.replicas;
    const joined = sharesNamespace(service).some((name) => recreated.has(name));
    const kept = existing.slice(0, count);
    await Promise.all(existing.slice(count).map((container) => removeSurplus(client, container, report)));
    const current = await mapPool(kept, 8, async (container) => {
      if (!joined && !isStale(project, service, container, instance(service).imageId, options)) {
        report({
          kind: 'Container',
          name: nameOf(container),
          status: isUp(container) ? 'Running' : 'Created',
          state: 'done',
        });
        return container.Id;
      }
      recreated.add(service.name);
      return recreate(client, project, service, container, instance(service), report, options);
    });
    const numbers = freeNumbers(kept.map(numberOf), count - kept.length);
    const added = await mapPool(numbers, 8, (number) =>
      createOne(client, project, service, { ...instance(service), number, oneOff: false }, report),
    );
    if (existing.length > 0 && added.length > 0 && kept.length === 0) recreated.add(service.name);
    containers.set(service.name, [...current, ...added]);
  });
  return { containers, recreated };
}

/** Services whose containers a service refers to by id. */
const sharesNamespace = (service: Service): string[] =>
  prerequisitesOf(service).filter(
    (name) =>
      !service.dependsOn.has(name) ||
      [service.networkMode, service.ipc, service.pid].includes(`service:${name}`),
  );

function isStale(
  project: Project,
  service: Service,
  { Labels }: ContainerSummary,
  imageId: string,
  options: CreateOptions,
): boolean {
  if (options.noRecreate) return false;
  if (options.forceRecreate) return true;
  return (
    Labels[label.configHash] !== serviceHash(project, service) ||
    (imageId !== '' && Labels[label.image] !== imageId)
  );
}

function createOne(
  client: Client,
  project: Project,
  service: Service,
  options: InstanceOptions,
  report: Report,
): Promise<string> {
  const name = containerName(project, service, options.number);
  return reported(report, 'Container', name, 'Creating', 'Created', async () => {
    const { Id } = await client.containers.create(createBody(project, service, options), {
      name,
      ...(service.platform !== undefined && { platform: service.platform }),
    });
    return Id;
  });
}

/** The new container is made under a temporary name before the old one goes, so that a failure leaves the old one as it is. */
function recreate(
  client: Client,
  project: Project,
  service: Service,
  old: ContainerSummary,
  instance: Omit<InstanceOptions, 'number' | 'oneOff'>,
  report: Report,
  options: CreateOptions,
): Promise<string> {
  const name = nameOf(old);
  return reported(report, 'Container', name, 'Recreate', 'Recreated', async () => {
    const inherited = options.renewAnonVolumes ? undefined : anonymousVolumes(old);
    const body = createBody(project, service, {
      ...instance,
      number: numberOf(old),
      oneOff: false,
      replaces: name,
      ...(inherited && { inherited }),
    });
    const { Id } = await client.containers.create(body, {
      name: `${randomId().slice(0, 12)}_${containerName(project, service, numberOf(old))}`,
    });
    if (isUp(old)) await client.containers.stop(old.Id, { timeout: options.timeout });
    await client.containers.remove(old.Id, { force: true });
    await client.containers.rename(Id, containerName(project, service, numberOf(old)));
    return Id;
  });
}

const anonymousVolumes = ({ Mounts }: ContainerSummary): Map<string, string> =>
  new Map(
    Mounts.filter(({ Type, Name }) => Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '')).map(
      ({ Destination, Name }) => [Destination, Name ?? ''],
    ),
  );

function removeSurplus(client: Client, container: ContainerSummary, report: Report): Promise<void> {
  return reported(report, 'Container', nameOf(container), 'Removing', 'Removed', async () => {
    if (isUp(container)) await client.containers.stop(container.Id);
    await client.containers.remove(container.Id, { force: true, volumes: true });
  });
}

function freeNumbers(taken: readonly number[], count: number): number[] {
  const numbers: number[] = [];
  for (let number = 1; numbers.length < count; number++) if (!taken.includes(number)) numbers.push(number);
  return numbers;
}

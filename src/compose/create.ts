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
  await walkGraph(services, async (service) => {
    const shared = {
      imageId: imageIds.get(service.name) ?? '',
      containerOf: (name: string) => containers.get(name)?.[0] ?? `${project.name}-${name}-1`,
    };
    const work: Work = { client, project, service, shared, report, options };
    const existing = observed.byService.get(service.name) ?? [];
    const count = options.scale?.get(service.name) ?? service.replicas;
    const joined = sharesNamespace(service).some((name) => recreated.has(name));
    const kept = existing.slice(0, count);
    await Promise.all(existing.slice(count).map((container) => removeSurplus(client, container, report)));
    const current = await mapPool(kept, AT_ONCE, (container) => keepOrRecreate(work, container, joined));
    const numbers = freeNumbers(kept.map(numberOf), count - kept.length);
    const added = await mapPool(numbers, AT_ONCE, (number) => createOne(work, number));
    if (current.some((id, index) => id !== kept[index]?.Id)) recreated.add(service.name);
    containers.set(service.name, [...current, ...added]);
  });
  return { containers, recreated };
}

const AT_ONCE = 8;

/** All that is needed to make the containers of one service. */
interface Work {
  readonly client: Client;
  readonly project: Project;
  readonly service: Service;
  readonly shared: Pick<InstanceOptions, 'imageId' | 'containerOf'>;
  readonly report: Report;
  readonly options: CreateOptions;
}

/** Leaves a container as it is, or replaces it; returns the id of the one that stands then. */
async function keepOrRecreate(work: Work, container: ContainerSummary, joined: boolean): Promise<string> {
  if (joined || isStale(work, container)) return recreate(work, container);
  const status = isUp(container) ? 'Running' : 'Created';
  work.report({ kind: 'Container', name: nameOf(container), status, state: 'done' });
  return container.Id;
}

/** Services whose containers a service refers to by id. */
const sharesNamespace = (service: Service): string[] =>
  prerequisitesOf(service).filter(
    (name) =>
      !service.dependsOn.has(name) ||
      [service.networkMode, service.ipc, service.pid].includes(`service:${name}`),
  );

function isStale({ project, service, shared, options }: Work, { Labels }: ContainerSummary): boolean {
  if (options.noRecreate) return false;
  if (options.forceRecreate) return true;
  return (
    Labels[label.configHash] !== serviceHash(project, service) ||
    (shared.imageId !== '' && Labels[label.image] !== shared.imageId)
  );
}

function createOne({ client, project, service, shared, report }: Work, number: number): Promise<string> {
  const name = containerName(project, service, number);
  return reported(report, 'Container', name, 'Creating', 'Created', async () => {
    const body = createBody(project, service, { ...shared, number, oneOff: false });
    return (await client.containers.create(body, { name, ...platformOf(service) })).Id;
  });
}

const platformOf = ({ platform }: Service): { platform?: string } =>
  platform === undefined ? {} : { platform };

/** The new container is made under a temporary name before the old one goes, so that a failure leaves the old one as it is. */
function recreate(work: Work, old: ContainerSummary): Promise<string> {
  const { client, project, service, options } = work;
  const name = nameOf(old);
  return reported(work.report, 'Container', name, 'Recreate', 'Recreated', async () => {
    const inherited = options.renewAnonVolumes ? undefined : anonymousVolumes(old);
    const body = createBody(project, service, {
      ...work.shared,
      number: numberOf(old),
      oneOff: false,
      replaces: name,
      ...(inherited && { inherited }),
    });
    const final = containerName(project, service, numberOf(old));
    const { Id } = await client.containers.create(body, {
      name: `${randomId().slice(0, 12)}_${final}`,
      ...platformOf(service),
    });
    if (isUp(old)) await client.containers.stop(old.Id, { timeout: options.timeout });
    await client.containers.remove(old.Id, { force: true });
    await client.containers.rename(Id, final);
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

import { invalid } from '../lib/errors.ts';
import type { ContainerSummary } from '../wire/container.ts';
import { allOf } from './meanwhile.ts';
import type { Service } from './model/types.ts';
import { divergence, type Expected, expectedOf } from './plan/divergence.ts';
import { walkGraph } from './plan/graph.ts';
import { type Instance, type InstanceOptions, withReferences } from './plan/instance.ts';
import { chooseContainers } from './plan/choose-containers.ts';
import { containerName } from './plan/names.ts';
import { instanceOf, nameOf, numberOf, type Observed } from './plan/observe.ts';
import type { Variables } from './provider.ts';
import type { Replacement } from './rolling.ts';
import type { Rolling } from './start.ts';
import { ignoreGone, stopInstances } from './stop.ts';
import { step, type Work } from './work.ts';

export interface CreateOptions {
  readonly forceRecreate?: boolean;
  readonly noRecreate?: boolean;
  /** Also what the services that were asked for depend on. */
  readonly alwaysRecreateDeps?: boolean;
  /** Don't carry anonymous volumes over to the new container. */
  readonly renewAnonVolumes?: boolean;
  /** Seconds to wait for the old container to stop. */
  readonly timeout?: number;
}

/** What stands at the end of `create`. */
export interface Created {
  /** By service, in the order of their numbers. */
  readonly containers: Map<string, readonly Instance[]>;
  /** Updates step by step that running containers wait for (`deploy.update_config`), by service. */
  readonly rolling: ReadonlyMap<string, Rolling>;
}

/** What containers of the services are made from. */
export interface Material {
  /** By service. */
  readonly imageIds: ReadonlyMap<string, string>;
  /** By key. */
  readonly networkIds: ReadonlyMap<string, string>;
  readonly observed: Observed;
  /** Services that were asked for by name, or all. */
  readonly named: ReadonlySet<string>;
}

/**
 * Brings the containers of these services to what the files say, without starting them: missing ones are made, those that differ are
 * replaced, surplus ones removed, all others left alone. What an earlier run left half done is completed.
 */
export async function createContainers(
  shared: Work,
  services: readonly Service[],
  material: Material,
  options: CreateOptions,
): Promise<Created> {
  const { observed } = material;
  const containers = new Map<string, readonly Instance[]>(
    [...observed.byService].map(([name, items]) => [name, items.map(instanceOf)]),
  );
  const rolling = new Map<string, Rolling>();
  const provided = new Map<string, Variables>();
  await walkGraph(services, async (declared) => {
    if (declared.provider) {
      const { runProvider } = await import('./provider.ts');
      provided.set(declared.name, await runProvider(shared, declared, declared.provider, 'up'));
      return;
    }
    const { work, service } = await withProvided(shared, declared, provided);
    checkScale(service);
    const plan = planOf(work, service, material, options, containers);
    const existing = observed.byService.get(service.name) ?? [];
    const { kept, surplus, stale } = chooseContainers(existing, plan.isStale, service.replicas);
    if (stale.size > 0) await stopDependents(work, service, services, containers);
    const known = new Map(containers.get(service.name)?.map((instance) => [instance.id, instance]));
    await allOf(surplus.map((container) => removeSurplus(work, container, options)));
    const update = isShared(service, services) ? undefined : service.deploy?.updateConfig;
    const waiting: Replacement[] = [];
    const current = kept.map(async (container): Promise<Instance> => {
      const old = known.get(container.Id) ?? instanceOf(container);
      if (!stale.has(container.Id)) return keep(work, service, old);
      if (update && old.running) {
        waiting.push({ old, summary: container });
        return old;
      }
      const { recreate } = await import('./recreate.ts');
      return recreate(work, service, container, plan.instance, options);
    });
    const next = Math.max(0, ...existing.map(numberOf)) + 1;
    const added = Array.from({ length: Math.max(0, service.replicas - kept.length) }, async (_, index) => {
      const { makeContainer } = await import('./make-container.ts'); // most runs of `up` make none
      return makeContainer(work, service, next + index, plan.instance);
    });
    containers.set(service.name, await allOf([...current, ...added]));
    if (!update || waiting.length === 0) return;
    const { rollingUpdate } = await import('./rolling.ts');
    rolling.set(service.name, rollingUpdate(work, service, update, waiting, plan.instance, options));
  });
  return { containers, rolling };
}

/** With the variables of the providers that a service depends on. */
async function withProvided(
  work: Work,
  service: Service,
  provided: ReadonlyMap<string, Variables>,
): Promise<{ work: Work; service: Service }> {
  const variables: Variables = Object.assign(
    {},
    ...[...service.dependsOn.keys()].map((name) => provided.get(name)),
  );
  if (Object.keys(variables).length === 0) return { work, service };
  const { withVariables } = await import('./provider.ts');
  const changed = withVariables(work.project, service, variables);
  return { work: { ...work, project: changed.project }, service: changed.service };
}

/** Who lives with the containers of a service has to be made after them. */
const isShared = ({ name }: Service, services: readonly Service[]): boolean =>
  services.some(
    ({ networkMode, ipc, pid, volumesFrom }) =>
      [networkMode, ipc, pid].includes(`service:${name}`) ||
      volumesFrom.some((from) => from.split(':')[0] === name),
  );

function checkScale({ name, containerName: fixed, replicas }: Service): void {
  if (replicas > 1 && fixed !== undefined)
    throw invalid(
      `The ${JSON.stringify(name)} service is using the custom container name ${JSON.stringify(fixed)}. Docker requires each container to have a unique name. Remove the custom name to scale the service`,
    );
}

/** How containers of a service are made, and which of them have to be made anew. */
interface Plan {
  readonly instance: InstanceOptions;
  isStale(container: ContainerSummary): boolean;
}

function planOf(
  { project }: Work,
  service: Service,
  { imageIds, networkIds, named }: Material,
  options: CreateOptions,
  containers: ReadonlyMap<string, readonly Instance[]>,
): Plan {
  const instance: InstanceOptions = {
    imageId: imageIds.get(service.name) ?? '',
    containersOf: (name) => containers.get(name) ?? [],
  };
  const asked = named.has(service.name);
  const forced = asked ? options.forceRecreate || options.renewAnonVolumes : options.alwaysRecreateDeps;
  const expected = lazily(() =>
    expectedOf(project, withReferences(service, instance), instance.imageId, networkIds),
  );
  return {
    instance,
    isStale: (container) =>
      !options.noRecreate && (forced || divergence(container, expected()) !== undefined),
  };
}

function lazily(make: () => Expected): () => Expected {
  let made: Expected | undefined;
  return () => (made ??= make());
}

/** What depends on a service with `restart: true` is stopped before its containers go, and started when they are back. */
async function stopDependents(
  work: Work,
  { name }: Service,
  services: readonly Service[],
  containers: Map<string, readonly Instance[]>,
): Promise<void> {
  for (const dependent of services) {
    if (!dependent.dependsOn.get(name)?.restart) continue;
    const instances = containers.get(dependent.name) ?? [];
    await stopInstances(work, instances, {});
    containers.set(
      dependent.name,
      instances.map((instance) => ({ ...instance, running: false })),
    );
  }
}

async function keep(work: Work, service: Service, existing: Instance): Promise<Instance> {
  const name = containerName(work.project, service, existing.number);
  const instance =
    existing.name === name
      ? existing
      : await (await import('./recreate.ts')).restoreName(work, existing, name);
  if (instance.running)
    work.report({ kind: 'Container', name: instance.name, status: 'Running', state: 'done' });
  return instance;
}

async function removeSurplus(
  work: Work,
  container: ContainerSummary,
  { timeout }: CreateOptions,
): Promise<void> {
  await stopInstances(work, [instanceOf(container)], { timeout });
  await step(work, 'Container', nameOf(container), ['Removing', 'Removed'], () =>
    work.client.containers.remove(container.Id, { force: true }).catch(ignoreGone),
  );
}

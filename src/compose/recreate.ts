import type { ContainerSummary } from '../wire/container.ts';
import type { CreateOptions } from './create.ts';
import { whyTaken } from './meanwhile.ts';
import type { Service } from './model/types.ts';
import { createBody, platformOf } from './plan/create-body.ts';
import type { Instance, InstanceOptions } from './plan/instance.ts';
import { containerName, nameInProject, temporaryName } from './plan/names.ts';
import { instanceOf, numberOf } from './plan/observe.ts';
import { refusalAt } from './refusal.ts';
import { ignoreGone, stopInstances } from './stop.ts';
import { reported } from './progress.ts';
import type { Work } from './work.ts';

/**
 * Replaces a container. The new one is made under a temporary name before the old one goes, so that a failure leaves the old one as
 * it is; an end in the middle leaves what the next run completes.
 */
export async function recreate(
  work: Work,
  service: Service,
  old: ContainerSummary,
  instance: InstanceOptions,
  options: CreateOptions,
): Promise<Instance> {
  const final = containerName(work.project, service, numberOf(old));
  return reported(work.report, 'Container', final, 'Recreate', 'Recreated', async () => {
    const successor = await createSuccessor(work, service, old, instance, options);
    await retire(work, old, options);
    return takeName(work, successor, final);
  });
}

/** Makes the container that is to follow another one, under a temporary name. */
export async function createSuccessor(
  work: Work,
  service: Service,
  old: ContainerSummary,
  instance: InstanceOptions,
  { renewAnonVolumes }: CreateOptions,
): Promise<Instance> {
  const { client, project } = work;
  const number = numberOf(old);
  const body = createBody(project, service, {
    ...instance,
    number,
    replaces: nameInProject(project, service, number),
    ...(!renewAnonVolumes && { inherited: anonymousVolumes(old) }),
  });
  const name = temporaryName(old.Id, containerName(project, service, number));
  const { Id } = await work.slots.run(() =>
    client.containers
      .create(body, { name, ...platformOf(project, service) })
      .catch(async (error: unknown) => {
        throw refusalAt(work, service, await whyTaken(work, service.name, name, error));
      }),
  );
  return { id: Id, name, service: service.name, number, running: false };
}

/** Stops and removes a container whose successor stands; its anonymous volumes stay. */
export async function retire(work: Work, old: ContainerSummary, { timeout }: CreateOptions): Promise<void> {
  await stopInstances({ ...work, report: () => {} }, [instanceOf(old)], { timeout });
  await work.slots.run(() => work.client.containers.remove(old.Id, { force: true }).catch(ignoreGone));
}

/** Gives a container its name, unless it has been given to it by another run. */
export async function takeName(work: Work, instance: Instance, name: string): Promise<Instance> {
  await work.client.containers.rename(instance.id, name).catch(async (error: unknown) => {
    const { Name } = await work.client.containers.inspect(instance.id).catch(() => ({ Name: '' }));
    if (Name !== `/${name}`) throw await whyTaken(work, instance.service, name, error);
  });
  return { ...instance, name };
}

/** Gives a container the name that it should have where an earlier run ended before it could. */
export const restoreName = (work: Work, instance: Instance, name: string): Promise<Instance> =>
  instance.name.endsWith(`_${name}`) ? takeName(work, instance, name) : Promise.resolve(instance);

const anonymousVolumes = ({ Mounts }: ContainerSummary): Map<string, string> =>
  new Map(
    Mounts.filter(({ Type, Name }) => Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '')).map(
      ({ Destination, Name }) => [Destination, Name ?? ''],
    ),
  );

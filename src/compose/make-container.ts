import { whyTaken } from './meanwhile.ts';
import type { Service } from './model/types.ts';
import { createBody, platformOf } from './plan/create-body.ts';
import type { Instance, InstanceOptions } from './plan/instance.ts';
import { containerName } from './plan/names.ts';
import { refusalAt } from './refusal.ts';
import { step, type Work } from './work.ts';

/** Makes a container of a service where there was none. */
export async function makeContainer(
  work: Work,
  service: Service,
  number: number,
  options: InstanceOptions,
): Promise<Instance> {
  const name = containerName(work.project, service, number);
  const { Id } = await step(work, 'Container', name, ['Creating', 'Created'], () =>
    work.client.containers
      .create(createBody(work.project, service, { ...options, number }), {
        name,
        ...platformOf(work.project, service),
      })
      .catch(async (error: unknown) => {
        throw await whyTaken(work, service.name, name, error);
      }),
  ).catch((error: unknown) => {
    throw refusalAt(work, service, error);
  });
  return { id: Id, name, service: service.name, number, running: false };
}

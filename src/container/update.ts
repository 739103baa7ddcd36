import { conflict, prefixed } from '../lib/errors.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { checkResources } from './create/validate-resources.ts';
import type { Containers } from './types.ts';

type Change = Parameters<Containers['update']>[1];

/** The verb: changes limits (at once when it runs) and restart policy. What is not named stays. */
export async function updateContainer(
  context: Context,
  record: ContainerRecord,
  change: Change,
): Promise<{ warnings: string[] }> {
  await context.locks.run(record.id, async () => {
    const { spec } = record;
    if (record.state.status === 'removing' || record.state.status === 'dead')
      throw conflict(
        `Cannot update container ${record.id}: container is marked for removal and cannot be "update"`,
      );
    if (change.restartPolicy && change.restartPolicy.name !== 'no' && spec.autoRemove)
      throw conflict('Restart policy cannot be updated because AutoRemove is enabled for the container');
    const resources = { ...spec.resources, ...change.resources };
    checkResources(resources);
    if (record.run && change.resources) await apply(context, record, resources);
    record.spec = { ...spec, resources, restartPolicy: change.restartPolicy ?? spec.restartPolicy };
    context.store.saveAll(record);
    publish(context, record, 'update');
  });
  return { warnings: [] };
}

async function apply(
  context: Context,
  record: ContainerRecord,
  resources: ContainerRecord['spec']['resources'],
): Promise<void> {
  try {
    await context.runtime.update(record.id, resources);
  } catch (error) {
    throw prefixed(`Cannot update container ${record.id}`, error);
  }
}

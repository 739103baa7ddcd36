import { conflict, prefixed } from '../lib/errors.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { discardLimits } from './create/discard-unsupported.ts';
import { updateConflict } from './create/update-conflict.ts';
import { checkResources } from './create/validate-resources.ts';
import type { Containers } from './types.ts';

type Change = Parameters<Containers['update']>[1];

/** The verb: changes limits (at once when it runs) and restart policy. What is not named stays. */
export async function updateContainer(
  context: Context,
  record: ContainerRecord,
  change: Change,
): Promise<{ warnings: string[] }> {
  const { resources: wanted, warnings } = discardLimits(change.resources ?? {}, context.runtime);
  await context.locks.run(record.id, async () => {
    const { spec } = record;
    const refuse = (why: string): Error => conflict(`Cannot update container ${record.id}: ${why}`);
    if (record.state.status === 'removing' || record.state.status === 'dead')
      throw refuse('container is marked for removal and cannot be "update"');
    if (change.restartPolicy && change.restartPolicy.name !== 'no' && spec.autoRemove)
      throw refuse('Restart policy cannot be updated because AutoRemove is enabled for the container');
    checkResources(wanted, { isUpdate: true });
    const why = updateConflict(spec.resources, wanted);
    if (why !== undefined) throw refuse(why);
    const resources = { ...spec.resources, ...wanted };
    if (record.run && Object.keys(wanted).length > 0) await apply(context, record, resources);
    record.spec = { ...spec, resources, restartPolicy: change.restartPolicy ?? spec.restartPolicy };
    context.store.saveAll(record);
    publish(context, record, 'update');
  });
  return { warnings };
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

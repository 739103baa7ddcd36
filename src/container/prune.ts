import { kindOf } from '../lib/errors.ts';
import { isRunning } from './container-record.ts';
import type { Context } from './context.ts';
import { toContainer } from './container-view.ts';
import { removeContainer } from './remove.ts';
import type { Container } from './types.ts';

/** The verb: removes every container that does not run and that the filter lets through. */
export async function pruneContainers(
  context: Context,
  filter: (container: Container) => boolean,
): Promise<{ removed: string[]; freed: number }> {
  const removed: string[] = [];
  let freed = 0;
  for (const record of context.store.all()) {
    if (isRunning(record) || !filter(toContainer(context, record))) continue;
    const size = await context.snapshots.usage(record.id).catch(() => 0);
    try {
      await removeContainer(context, record, record.name, {});
    } catch (error) {
      if (kindOf(error) !== 'conflict') throw error;
      continue; // somebody started it meanwhile
    }
    removed.push(record.id);
    freed += size;
  }
  context.events.publish({
    type: 'container',
    action: 'prune',
    actorId: '',
    attributes: { reclaimed: String(freed) },
  });
  return { removed, freed };
}

import { invalid, prefixed } from '../lib/errors.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { parseContainerName, takeName } from './names/container-name.ts';

export async function renameContainer(
  context: Context,
  record: ContainerRecord,
  name: string,
): Promise<void> {
  if (name === '') throw invalid('Neither old nor new names may be empty');
  await context.locks.run(record.id, async () => {
    const wanted = parseWanted(name);
    const before = record.name;
    if (wanted === before) throw invalid('Renaming a container with the same name as its current name');
    take(context, record, wanted);
    record.name = wanted;
    context.store.saveAll(record);
    context.store.releaseName(before);
    if (record.run) {
      context.networks.rename(record.id, wanted);
      record.endpoints = context.networks.endpointsOf(record.id);
    }
    publish(context, record, 'rename', { oldName: `/${before}` });
  });
}

/** Docker puts the slash before the name here. */
function parseWanted(name: string): string {
  try {
    return parseContainerName(name.startsWith('/') ? name : `/${name}`);
  } catch (error) {
    throw prefixed(attempt, error);
  }
}

function take(context: Context, record: ContainerRecord, name: string): void {
  try {
    takeName(context.store, name, record.id);
  } catch (error) {
    throw prefixed(attempt, error);
  }
}

const attempt = 'Error when allocating new name';

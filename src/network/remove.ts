import { EngineError } from '../lib/errors.ts';
import { shortId } from '../lib/id.ts';
import type { NetworkContext } from './context.ts';
import type { NetworkRecord } from './network-record.ts';
import { publishNetwork } from './publish.ts';

/** Removes a network that nobody is in, with its bridge. Once it is marked, an engine that starts next goes on with it. */
export async function removeNetwork(context: NetworkContext, record: NetworkRecord): Promise<void> {
  if (record.isPredefined) {
    throw new EngineError('forbidden', `${record.name} is a pre-defined network and cannot be removed`);
  }
  if (record.endpoints.size > 0) throw inUse(record);
  if (record.configOnly && context.registry.list().some(({ configFrom }) => configFrom === record.name)) {
    throw new EngineError(
      'forbidden',
      `error while removing network: configuration network ${JSON.stringify(record.name)} is in use`,
    );
  }
  context.registry.delete(record);
  context.store.putNetwork(record.row, { made: false });
  await context.bridges.remove(record);
  context.store.removeNetwork(record.id);
  publishNetwork(context, record, 'destroy');
}

function inUse(record: NetworkRecord): EngineError {
  const endpoints = [...record.endpoints.values()].map(
    ({ containerName, id }) => `name:"${containerName}" id:"${shortId(id)}"`,
  );
  return new EngineError(
    'forbidden',
    `error while removing network: network ${record.name} has active endpoints (${endpoints.join(', ')})`,
  );
}

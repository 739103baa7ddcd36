import type { NetworkContext } from './context.ts';
import type { NetworkRecord } from './network-record.ts';
import type { Endpoint } from './types.ts';

export function publishNetwork(
  { events }: NetworkContext,
  { id, name, driver }: NetworkRecord,
  action: 'create' | 'destroy',
): void {
  events.publish({ type: 'network', action, actorId: id, attributes: { name, type: driver } });
}

export function publishEndpoint(
  { events, registry }: NetworkContext,
  { networkId, networkName, containerId }: Pick<Endpoint, 'networkId' | 'networkName' | 'containerId'>,
  action: 'connect' | 'disconnect',
): void {
  const type = registry.find(networkId)?.driver ?? 'bridge';
  const attributes = { container: containerId, name: networkName, type };
  events.publish({ type: 'network', action, actorId: networkId, attributes });
}

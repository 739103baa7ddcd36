import type { Filters } from '../wire/filters.ts';
import type { PruneAnswer } from '../wire/image.ts';
import type { CreateNetworkBody, EndpointSettings, NetworkInspect } from '../wire/network.ts';
import { filtersOf } from './containers.ts';
import type { Transport } from './transport.ts';

/** `/networks` of the Engine API. */
export function networkCalls(transport: Transport) {
  const at = (id: string, verb = ''): string => `/networks/${encodeURIComponent(id)}${verb}`;
  return {
    list: (filters?: Filters): Promise<NetworkInspect[]> =>
      transport.json('GET', '/networks', { query: filtersOf(filters) }),
    inspect: (id: string, options: { verbose?: boolean; scope?: string } = {}): Promise<NetworkInspect> =>
      transport.json('GET', at(id), { query: options }),
    create: (body: CreateNetworkBody): Promise<{ Id: string; Warning: string }> =>
      transport.json('POST', '/networks/create', { body }),
    remove: (id: string): Promise<void> => transport.json('DELETE', at(id)),
    connect: (id: string, container: string, endpoint: EndpointSettings = {}): Promise<void> =>
      transport.json('POST', at(id, '/connect'), {
        body: { Container: container, EndpointConfig: endpoint },
      }),
    disconnect: (id: string, container: string, force = false): Promise<void> =>
      transport.json('POST', at(id, '/disconnect'), { body: { Container: container, Force: force } }),
    prune: (filters: Filters = {}): Promise<PruneAnswer> =>
      transport.json('POST', '/networks/prune', { query: filtersOf(filters) }),
  };
}

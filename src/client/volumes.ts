import type { Filters } from '../wire/filters.ts';
import type { PruneAnswer } from '../wire/image.ts';
import type { CreateVolumeBody, VolumeInspect, VolumeList } from '../wire/volume.ts';
import { filtersOf } from './containers.ts';
import type { Transport } from './transport.ts';

/** `/volumes` of the Engine API. */
export function volumeCalls(transport: Transport) {
  const at = (name: string): string => `/volumes/${encodeURIComponent(name)}`;
  return {
    list: (filters?: Filters): Promise<VolumeList> =>
      transport.json('GET', '/volumes', { query: filtersOf(filters) }),
    inspect: (name: string): Promise<VolumeInspect> => transport.json('GET', at(name)),
    create: (body: CreateVolumeBody): Promise<VolumeInspect> =>
      transport.json('POST', '/volumes/create', { body }),
    remove: (name: string, options: { force?: boolean } = {}): Promise<void> =>
      transport.json('DELETE', at(name), { query: options }),
    prune: (filters: Filters = {}): Promise<PruneAnswer> =>
      transport.json('POST', '/volumes/prune', { query: filtersOf(filters) }),
  };
}

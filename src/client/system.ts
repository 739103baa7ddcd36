import type { Filters } from '../wire/filters.ts';
import type { AuthConfig } from '../wire/image.ts';
import type { AuthAnswer, DiskUsageAnswer, EventMessage, InfoAnswer, VersionAnswer } from '../wire/system.ts';
import { filtersOf } from './containers.ts';
import { jsonLines } from './json-lines.ts';
import { collect, type Transport } from './transport.ts';

/** `_ping`, `/version`, `/info`, `/events`, `/system`, `/auth` of the Engine API. */
export function systemCalls(transport: Transport) {
  return {
    ping: async (signal?: AbortSignal): Promise<void> => {
      await collect(await transport.stream('GET', '/_ping', signal ? { signal } : {}));
    },
    version: (): Promise<VersionAnswer> => transport.json('GET', '/version'),
    info: (): Promise<InfoAnswer> => transport.json('GET', '/info'),
    diskUsage: (): Promise<DiskUsageAnswer> => transport.json('GET', '/system/df'),
    auth: (body: AuthConfig): Promise<AuthAnswer> => transport.json('POST', '/auth', { body }),
    events: async (
      options: { since?: string; until?: string; filters?: Filters; signal?: AbortSignal } = {},
    ): Promise<AsyncIterable<EventMessage>> =>
      jsonLines(
        await transport.stream('GET', '/events', {
          query: { since: options.since, until: options.until, ...filtersOf(options.filters) },
          ...(options.signal && { signal: options.signal }),
        }),
      ),
  };
}

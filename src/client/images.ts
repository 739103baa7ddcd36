import { encodeFilters, type Filters } from '../wire/filters.ts';
import type {
  AuthConfig,
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImageSummary,
  ProgressLine,
  PruneAnswer,
  SearchResult,
} from '../wire/image.ts';
import { filtersOf } from './containers.ts';
import { jsonLines } from './json-lines.ts';
import type { Query, Transport } from './transport.ts';

/** `/images` and `/build` of the Engine API. Progress comes as data; a line with `error` ends it. */
export function imageCalls(transport: Transport) {
  const at = (name: string, verb: string): string =>
    `/images/${name.split('/').map(encodeURIComponent).join('/')}/${verb}`;
  const lines = async (
    method: string,
    path: string,
    query: Query,
    options: StreamOptions = {},
  ): Promise<AsyncIterable<ProgressLine>> =>
    jsonLines(
      await transport.stream(method, path, {
        query,
        ...(options.body && { body: options.body }),
        headers: { ...(options.auth && { 'X-Registry-Auth': encodeAuth(options.auth) }), ...options.headers },
        ...(options.signal && { signal: options.signal }),
      }),
    );
  return {
    list: (
      options: { all?: boolean; filters?: Filters; manifests?: boolean; sharedSize?: boolean } = {},
    ): Promise<ImageSummary[]> =>
      transport.json('GET', '/images/json', {
        query: {
          all: options.all,
          manifests: options.manifests,
          'shared-size': options.sharedSize,
          ...filtersOf(options.filters),
        },
      }),
    inspect: (name: string, query: PlatformQuery = {}): Promise<ImageInspect> =>
      transport.json('GET', at(name, 'json'), { query }),
    history: (name: string, query: PlatformQuery = {}): Promise<ImageHistoryItem[]> =>
      transport.json('GET', at(name, 'history'), { query }),
    pull: (
      name: string,
      options: { tag?: string; platform?: string; auth?: AuthConfig; signal?: AbortSignal } = {},
    ) =>
      lines(
        'POST',
        '/images/create',
        { fromImage: name, tag: options.tag, platform: options.platform },
        options,
      ),
    push: (
      name: string,
      options: PlatformQuery & { tag?: string; auth?: AuthConfig; signal?: AbortSignal } = {},
    ) =>
      lines(
        'POST',
        at(name, 'push'),
        { tag: options.tag, platform: options.platform },
        { auth: {}, ...options },
      ),
    import: (
      body: AsyncIterable<Uint8Array> | undefined,
      query: {
        /** `-` for the body, or a URL that the engine gets. */
        fromSrc: string;
        repo?: string;
        tag?: string;
        message?: string;
        changes?: readonly string[];
        platform?: string;
      },
    ) => lines('POST', '/images/create', query, body ? { body } : {}),
    load: (
      body: AsyncIterable<Uint8Array>,
      options: PlatformQuery & { quiet?: boolean; signal?: AbortSignal } = {},
    ) =>
      lines(
        'POST',
        '/images/load',
        { quiet: options.quiet, platform: options.platform },
        {
          body,
          headers: { 'Content-Type': 'application/x-tar' },
          ...(options.signal && { signal: options.signal }),
        },
      ),
    save: (names: readonly string[], query: PlatformQuery = {}): Promise<AsyncIterable<Uint8Array>> =>
      transport.stream('GET', '/images/get', { query: { names, ...query } }),
    tag: (name: string, query: { repo: string; tag?: string }): Promise<void> =>
      transport.json('POST', at(name, 'tag'), { query }),
    remove: (
      name: string,
      options: { force?: boolean; noprune?: boolean; platforms?: readonly string[] } = {},
    ): Promise<ImageDeleteItem[]> => transport.json('DELETE', at(name, '').slice(0, -1), { query: options }),
    search: (
      term: string,
      options: { limit?: number | undefined; filters?: Filters; auth?: AuthConfig } = {},
    ) =>
      transport.json<SearchResult[]>('GET', '/images/search', {
        query: { term, limit: options.limit, ...filtersOf(options.filters) },
        headers: options.auth ? { 'X-Registry-Auth': encodeAuth(options.auth) } : {},
      }),
    /** What a registry has under a name. */
    distribution: (name: string, auth?: AuthConfig): Promise<{ Descriptor: { digest: string } }> =>
      transport.json('GET', `/distribution/${name}/json`, {
        headers: auth ? { 'X-Registry-Auth': encodeAuth(auth) } : {},
      }),
    prune: (filters: Filters = {}): Promise<PruneAnswer> =>
      transport.json('POST', '/images/prune', { query: { filters: encodeFilters(filters) } }),
    /** Sends a context as a tar and tells what the builder says. */
    build: (
      context: AsyncIterable<Uint8Array>,
      query: Query,
      options: { registryAuth?: Record<string, AuthConfig>; signal?: AbortSignal } = {},
    ) =>
      lines('POST', '/build', query, {
        body: context,
        headers: {
          'Content-Type': 'application/x-tar',
          ...(options.registryAuth && { 'X-Registry-Config': encodeAuth(options.registryAuth) }),
        },
        ...(options.signal && { signal: options.signal }),
      }),
    pruneBuildCache: ({
      filters,
      ...query
    }: {
      all?: boolean;
      filters?: Filters;
      'reserved-space'?: number | undefined;
      'max-used-space'?: number | undefined;
      'min-free-space'?: number | undefined;
    } = {}): Promise<PruneAnswer> =>
      transport.json('POST', '/build/prune', {
        query: {
          ...query,
          'keep-storage': query['reserved-space'], // its name before API 1.48
          ...filtersOf(filters),
        },
      }),
  };
}

/** One platform of an image, as JSON. */
type PlatformQuery = { readonly platform?: string | undefined };

interface StreamOptions {
  readonly body?: AsyncIterable<Uint8Array>;
  readonly auth?: AuthConfig;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const encodeAuth = (auth: object): string => Buffer.from(JSON.stringify(auth)).toString('base64url');

import type {
  BuildAnswer,
  BuildCall,
  BuildEventLine,
  CacheMountAnswer,
  FailureAnswer,
  ImageExplanation,
} from '../wire/build.ts';
import { jsonLines } from './json-lines.ts';
import { oursOnly } from './ours-only.ts';
import type { Transport } from './transport.ts';

/** `/lading` of our own engine: builds as data, builds on record, what images are made of. */
export function buildCalls(wire: Transport) {
  const transport = oursOnly(wire);
  const at = (name: string): string => name.split('/').map(encodeURIComponent).join('/');
  return {
    /** Builds; what follows the document, if anything, is the archive of the context. */
    run: async (
      call: BuildCall,
      options: { archive?: AsyncIterable<Uint8Array>; signal?: AbortSignal } = {},
    ): Promise<AsyncIterable<BuildEventLine>> =>
      jsonLines(
        await transport.stream('POST', '/lading/build', {
          body: body(call, options.archive),
          headers: { 'Content-Type': 'application/vnd.lading.build' },
          ...(options.signal && { signal: options.signal }),
        }),
      ),
    /** Newest first. */
    list: (query: { limit?: number } = {}): Promise<BuildAnswer[]> =>
      transport.json('GET', '/lading/builds', { query }),
    /** By an id, its beginning, or what was built; `latest` is the newest. */
    get: (name: string): Promise<BuildAnswer> => transport.json('GET', `/lading/builds/${at(name)}`),
    remove: (name: string): Promise<void> => transport.json('DELETE', `/lading/builds/${at(name)}`),
    /** What the failed step of a build left, as an image. */
    openFailure: (name: string): Promise<FailureAnswer> =>
      transport.json('POST', `/lading/builds/${at(name)}/failure`),
    cacheMounts: (): Promise<CacheMountAnswer[]> => transport.json('GET', '/lading/cache-mounts'),
    readCacheMount: (id: string): Promise<AsyncIterable<Uint8Array>> =>
      transport.stream('GET', `/lading/cache-mounts/${encodeURIComponent(id)}/archive`),
    writeCacheMount: (
      id: string,
      archive: AsyncIterable<Uint8Array>,
      options: { signal?: AbortSignal } = {},
    ): Promise<CacheMountAnswer> =>
      transport.json('PUT', `/lading/cache-mounts/${encodeURIComponent(id)}/archive`, {
        body: archive,
        headers: { 'Content-Type': 'application/x-tar' },
        ...options,
      }),
    removeCacheMount: (id: string): Promise<{ freed: number }> =>
      transport.json('DELETE', `/lading/cache-mounts/${encodeURIComponent(id)}`),
    explain: (image: string, query: { platform?: string | undefined } = {}): Promise<ImageExplanation> =>
      transport.json('GET', `/lading/images/${at(image)}/explain`, { query }),
  };
}

async function* body(
  call: BuildCall,
  archive: AsyncIterable<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(call)}\n`);
  if (archive) yield* archive;
}

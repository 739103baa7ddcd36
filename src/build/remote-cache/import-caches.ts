import type { ContentStore } from '../../content/types.ts';
import type { Images } from '../../image/types.ts';
import { invalid, messageOf } from '../../lib/errors.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/client/types.ts';
import type { BuildServices } from '../ops/services.ts';
import type { BuildRequest } from '../types.ts';
import { type ImportedCache, ImportedCaches } from './imported-caches.ts';
import { readCache, readLocalCache } from './read-cache.ts';
import { registryReader } from './registry-cache.ts';

interface Parts {
  readonly images: Images;
  readonly registry: Registry;
  readonly content: ContentStore;
  readonly services: Pick<BuildServices, 'snapshots'>;
}

/** The caches that a build is to use. One that can't be read is warned of and left out. */
export async function importCaches(
  parts: Parts,
  { cacheFrom, caches = [], credentials }: Pick<BuildRequest, 'cacheFrom' | 'caches' | 'credentials'>,
  { signal, warn }: { readonly signal: AbortSignal; readonly warn: (message: string) => void },
): Promise<ImportedCaches> {
  const named: ImportedCache[] = [];
  for (const [index, read] of (
    await Promise.allSettled(cacheFrom.map((name) => namedCache(parts, name, credentials, signal)))
  ).entries()) {
    if (read.status === 'fulfilled') named.push(read.value);
    else warn(`cache-from ${cacheFrom[index]} is not used: ${messageOf(read.reason)}`);
  }
  signal.throwIfAborted();
  const hasLayer = (layer: Parameters<BuildServices['snapshots']['layer']>[0]): boolean =>
    parts.services.snapshots.layer(layer) !== undefined;
  return new ImportedCaches(parts.images, hasLayer, [...caches, ...named]);
}

/** Whether the request wants nothing but named caches, and there is none: neither a cache that could be read nor an image that is here. */
export const namesNoCache = (
  images: Images,
  { cacheFrom, onlyNamedCaches = false }: Pick<BuildRequest, 'cacheFrom' | 'onlyNamedCaches'>,
  imported: ImportedCaches,
): boolean => onlyNamedCaches && imported.isEmpty && !cacheFrom.some((name) => images.find(refOf(name)));

/** What an image has that is here goes before what a registry has. */
export async function namedCache(
  { images, registry, content }: Parts,
  name: string,
  credentials: BuildRequest['credentials'],
  signal: AbortSignal,
): Promise<ImportedCache> {
  const ref = refOf(name);
  const local = await readLocalCache(images, (id) => content.read(id), ref);
  if (local) return local;
  const reference = parseReference(ref);
  const auth = await credentials(reference.domain, signal);
  return readCache(registryReader(registry, reference, auth), signal);
}

/** A name, or buildx's form of it: `type=registry,ref=NAME`. */
function refOf(text: string): string {
  if (!/(?:^|,)(?:type|ref)=/.test(text)) return text;
  const members = new Map(
    text.split(',').map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
  const type = members.get('type') ?? 'registry';
  if (type !== 'registry')
    throw invalid(
      `cache import of type ${JSON.stringify(type)} is only for clients of BuildKit: use registry`,
    );
  return members.get('ref') ?? '';
}

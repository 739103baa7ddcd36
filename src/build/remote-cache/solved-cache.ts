import type { Vertex } from '../plan/types.ts';
import type { CacheRecords } from '../solve/records.ts';
import type { Solved } from '../solve/solver.ts';
import type { ImportedCaches } from './imported-caches.ts';
import type { RemoteRecord, SolvedCache } from './types.ts';

/** What a build came to, to be told to other engines. */
export function solvedCache(
  solved: ReadonlyMap<Vertex, Solved>,
  { records, imported }: { readonly records: CacheRecords; readonly imported: ImportedCaches },
  more: Pick<SolvedCache, 'metadata' | 'digests'>,
): SolvedCache {
  const found = new Map<string, RemoteRecord>();
  for (const [{ op, step }, { key, layers, createdAt }] of solved) {
    const layer = layers.at(-1);
    if (op.kind === 'image' || !layer) continue;
    const { milliseconds, warnings } = records.find(key) ?? imported.find(key) ?? {};
    found.set(key, {
      key,
      layer,
      description: step.name,
      createdAt: (createdAt ?? new Date()).getTime(),
      milliseconds: Math.round(milliseconds ?? 0),
      ...(warnings && warnings.length > 0 && { warnings }),
    });
  }
  return { ...more, records: [...found.values()] };
}

import type { BuildParts } from './build-image.ts';
import type { CacheRecord } from './solve/records.ts';
import type { Builder } from './types.ts';

type Usage = Awaited<ReturnType<Builder['cacheUsage']>>[number];

/** The digits of a key that people see. */
const idOf = (key: string): string => key.slice(0, 25);

/** Records and cache mounts, the ones used longest ago first. */
export async function cacheUsage({ solver, services, images, failures }: BuildParts): Promise<Usage[]> {
  const inImages = new Set(images.list({ all: true }).flatMap(({ config }) => config.rootfs.diff_ids));
  const all = solver.records.all();
  const sizes = await services.snapshots.diskUsage({ layers: all.map(({ layer }) => layer) });
  const seen = new Set<string>(inImages);
  const records = all.map((record, index) => ({
    id: idOf(record.key),
    description: record.description,
    size: sizes[index] ?? 0,
    inUse: inImages.has(record.layer),
    shared: seen.size === seen.add(record.layer).size,
    createdAt: record.createdAt,
    lastUsedAt: record.lastUsedAt,
    usageCount: record.usageCount,
  }));
  const mounts = await Promise.all(
    services.caches.list().map(async (mount) => ({
      id: mount.name,
      description: `cache mount ${mount.id}`,
      size: await services.caches.sizeOf(mount.name),
      inUse: mount.inUse,
      shared: false,
      createdAt: new Date(mount.createdAt),
      lastUsedAt: new Date(mount.lastUsedAt),
      usageCount: mount.usageCount,
    })),
  );
  const left = failures.list().map((failed) => ({
    id: failed.buildId,
    description: `left by a failed step: ${failed.step}`,
    size: failed.size,
    inUse: false,
    shared: false,
    createdAt: failed.createdAt,
    lastUsedAt: failed.createdAt,
    usageCount: 0,
  }));
  return [...records, ...mounts, ...left].toSorted(
    (left, right) => left.lastUsedAt.getTime() - right.lastUsedAt.getTime(),
  );
}

/** Removes cache records: with `all` every one, else those whose layer is in no image; down to `keepStorage` bytes, the oldest first. */
export async function prune(
  { solver, services, images, contexts, failures }: BuildParts,
  { all, keepStorage = 0 }: Parameters<Builder['prune']>[0],
): Promise<{ deleted: string[]; freed: number }> {
  const inImages = new Set(images.list({ all: true }).flatMap(({ config }) => config.rootfs.diff_ids));
  const candidates = solver.records.all().filter(({ layer }) => all || !inImages.has(layer));
  const deleted: string[] = [];
  for (const { lineage, buildId } of failures.list()) {
    failures.drop(lineage);
    deleted.push(buildId);
  }
  let left = ownSize(candidates, inImages);
  for (const record of candidates) {
    if (keepStorage > 0 && left <= keepStorage) break;
    solver.records.delete(record.key);
    deleted.push(idOf(record.key));
    if (!inImages.has(record.layer) && !solver.records.holdsLayer(record.layer)) left -= record.size;
  }
  let freed = await contexts.prune(all && keepStorage === 0);
  freed += await services.git.prune(all && keepStorage === 0);
  freed += await services.http.prune(all && keepStorage === 0);
  freed += await images.collect((diffId) => solver.records.holdsLayer(diffId));
  if (all && keepStorage === 0) {
    for (const { name, inUse } of services.caches.list()) {
      if (inUse) continue;
      freed += await services.caches.sizeOf(name);
      await services.caches.remove(name);
      deleted.push(name);
    }
  }
  return { deleted, freed };
}

/** Bytes of layers that only the cache has. */
function ownSize(records: readonly CacheRecord[], inImages: ReadonlySet<string>): number {
  const sizes = new Map(records.map(({ layer, size }) => [layer, size]));
  return [...sizes].reduce((sum, [layer, size]) => (inImages.has(layer) ? sum : sum + size), 0);
}

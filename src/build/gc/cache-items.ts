import { join } from 'node:path';
import { digestOf } from '../../oci/digest.ts';
import type { BuildParts } from '../build-parts.ts';
import type { CacheRecord } from '../solve/records.ts';
import type { StoredDirectory } from '../stored-directory.ts';
import type { Candidate } from './choose-items.ts';
import type { CacheItemType, CacheUsage } from './types.ts';

/** Something in the cache that can be removed. */
export interface CacheItem extends Candidate {
  /** Returns the bytes freed; those of layers are counted when they are collected. */
  remove(): Promise<number>;
}

/** The digits of a key that people see. */
const idOf = (key: string): string => key.slice(0, 25);

/** All that the cache has, the ones used longest ago first. */
export async function cacheItems(parts: BuildParts): Promise<CacheItem[]> {
  const { services, contexts } = parts;
  const items = await Promise.all([
    recordItems(parts),
    failureItems(parts),
    mountItems(parts),
    directoryItems(parts, 'source.local', 'local source for context', contexts.list(), contexts),
    directoryItems(
      parts,
      'source.git.checkout',
      'git repository',
      services.git.kept.list(),
      services.git.kept,
    ),
    directoryItems(parts, 'source.http', 'http source', services.http.kept.list(), services.http.kept),
  ]);
  return items.flat().toSorted((left, right) => left.lastUsedAt.getTime() - right.lastUsedAt.getTime());
}

export function toUsage(item: CacheItem): CacheUsage {
  const { body: _body, isInImage: _isInImage, remove: _remove, ...usage } = item;
  return usage;
}

async function recordItems({ solver, services, images }: BuildParts): Promise<CacheItem[]> {
  const records = solver.records.all();
  const inImages = new Set(images.list({ all: true }).flatMap(({ config }) => config.rootfs.diff_ids));
  const sizes = await services.snapshots.diskUsage({ layers: records.map(({ layer }) => layer) });
  const makers = new Map(records.map((record) => [resultOf(record), idOf(record.key)]));
  const seen = new Set<string>();
  return records.map((record, index) => {
    const { key, layer, base, description, createdAt, lastUsedAt, usageCount } = record;
    const parent = makers.get(base);
    const isInImage = inImages.has(layer);
    const isRepeated = seen.size === seen.add(layer).size;
    return {
      id: idOf(key),
      type: 'regular',
      description,
      size: (sizes[index] ?? 0) + images.archivesSize(layer),
      inUse: solver.isUsing(key),
      shared: isInImage || isRepeated,
      mutable: false,
      parents: parent === undefined ? [] : [parent],
      createdAt,
      lastUsedAt,
      usageCount,
      body: layer,
      isInImage,
      remove: async () => {
        solver.records.delete(key);
        return 0;
      },
    };
  });
}

/** The identity of the file system that a step gave: what the next one has as its base. */
const resultOf = ({ base, layer }: CacheRecord): string =>
  base === '' ? layer : digestOf(`${base} ${layer}`);

async function failureItems({ failures }: BuildParts): Promise<CacheItem[]> {
  return failures.list().map(({ buildId, lineage, step, size, createdAt }) => ({
    id: buildId,
    type: 'regular',
    description: `left by a failed step: ${step}`,
    size,
    inUse: false,
    shared: false,
    mutable: false,
    parents: [],
    createdAt,
    lastUsedAt: createdAt,
    usageCount: 0,
    isInImage: false,
    remove: async () => {
      failures.drop(lineage);
      return 0;
    },
  }));
}

async function mountItems({ services: { caches }, sizes }: BuildParts): Promise<CacheItem[]> {
  const mounts = caches.list();
  const measured = await sizes.of(mounts.map((mount) => caches.measure(mount)));
  return mounts.map((mount, index) => {
    const size = measured[index] ?? 0;
    return {
      id: mount.name,
      type: 'exec.cachemount',
      description: `cache mount ${mount.id}`,
      size,
      inUse: mount.inUse,
      shared: false,
      mutable: true,
      parents: [],
      createdAt: new Date(mount.createdAt),
      lastUsedAt: new Date(mount.lastUsedAt),
      usageCount: mount.usageCount,
      isInImage: false,
      remove: async () => {
        sizes.forget(caches.measure(mount).path);
        return (await caches.remove(mount.name)) ? size : 0;
      },
    };
  });
}

async function directoryItems(
  { sizes }: BuildParts,
  type: CacheItemType,
  description: string,
  directories: readonly StoredDirectory[],
  store: { discard(name: string): Promise<number> },
): Promise<CacheItem[]> {
  const measured = await sizes.of(
    directories.map(({ path, lastUsedAt, inUse }) => ({ path, stamp: `${lastUsedAt} ${inUse}` })),
  );
  return directories.map(({ name, path, createdAt, lastUsedAt, inUse }, index) => ({
    id: name,
    type,
    description,
    size: measured[index] ?? 0,
    inUse,
    shared: false,
    mutable: true,
    parents: [],
    createdAt: new Date(createdAt),
    lastUsedAt: new Date(lastUsedAt),
    usageCount: 1,
    isInImage: false,
    remove: async () => {
      sizes.forget(join(path));
      return store.discard(name);
    },
  }));
}

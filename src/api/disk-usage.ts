import { invalid } from '../lib/errors.ts';
import type { ImagesUsage } from '../image/types.ts';
import { isPlain } from '../volume/types.ts';
import type { BuildCacheItem, DiskUsageAnswer } from '../wire/system.ts';
import { type Answer, type Call, json } from './call.ts';
import { summaryView } from './container-view.ts';
import { usageTotals } from './disk-usage-totals.ts';
import type { Engine } from './engine.ts';
import { containerCounts, summary } from './image-list.ts';
import { queryBool } from './query.ts';
import { usersOf, volumeView } from './volumes.ts';

const types = ['container', 'image', 'volume', 'build-cache'] as const;

/** GET /system/df */
export async function diskUsage(call: Call, engine: Engine): Promise<Answer> {
  const asked = call.query.getAll('type');
  const bad = asked.find((type) => !(types as readonly string[]).includes(type));
  if (bad !== undefined) throw invalid(`unknown object type: ${bad}`);
  const wants = (type: (typeof types)[number]): boolean => asked.length === 0 || asked.includes(type);
  const [images, containers, volumes, cache] = await Promise.all([
    wants('image') ? engine.images.usage() : null,
    wants('container') ? containersPart(engine) : null,
    wants('volume') ? volumesPart(engine) : null,
    wants('build-cache') ? cachePart(engine) : null,
  ]);
  const answer: DiskUsageAnswer = {
    LayersSize: images?.total ?? 0,
    Images: images && imagesPart(call, engine, images),
    Containers: containers,
    Volumes: volumes,
    BuildCache: cache,
  };
  return json(call.version < 52 ? answer : usageTotals(answer, queryBool(call.query, 'verbose')));
}

function imagesPart(call: Call, engine: Engine, sizes: ImagesUsage) {
  const containers = containerCounts(engine);
  return engine.images.list().map((image) => {
    const usage = {
      sharedSize: sizes.sharedSizeOf(image),
      containers: containers(image),
      size: sizes.sizeOf(image),
    };
    return summary(image, image, usage, call.version);
  });
}

async function containersPart(engine: Engine) {
  const containers = engine.containers.list();
  const sizes = await engine.containers.diskUsage(containers.map(({ id }) => id));
  return containers.map((container, index) => {
    const rw = sizes[index] ?? 0;
    const usage = { rw, rootfs: rw + (engine.images.find(container.spec.imageId)?.size ?? 0) };
    return summaryView(container, engine, container.spec.image, [], usage);
  });
}

async function volumesPart(engine: Engine) {
  const volumes = engine.volumes.list().filter(isPlain);
  const sizes = await engine.volumes.usage(volumes.map(({ name }) => name));
  return volumes.map((volume, index) => ({
    ...volumeView(volume),
    UsageData: { Size: sizes[index] ?? 0, RefCount: usersOf(volume.name, engine).length },
  }));
}

async function cachePart(engine: Engine): Promise<BuildCacheItem[]> {
  const builder = await engine.builder();
  const records = await builder.cacheUsage();
  return records.map((record) => ({
    ID: record.id,
    ...(record.parents.length > 0 && { Parents: [...record.parents] }),
    Type: record.type,
    Description: record.description,
    InUse: record.inUse,
    Shared: record.shared,
    Size: record.size,
    CreatedAt: record.createdAt.toISOString(),
    LastUsedAt: record.lastUsedAt.toISOString(),
    UsageCount: record.usageCount,
  }));
}

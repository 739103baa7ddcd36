import { invalid } from '../lib/errors.ts';
import { mapPool } from '../lib/pool.ts';
import { isPlain } from '../volume/types.ts';
import type { BuildCacheItem, DiskUsageAnswer } from '../wire/system.ts';
import { type Answer, type Call, json } from './call.ts';
import { summaryView } from './container-view.ts';
import { usageTotals } from './disk-usage-totals.ts';
import type { Engine } from './engine.ts';
import { containerCounts, sharedSizes, sizeOf, summary } from './image-list.ts';
import { queryBool } from './query.ts';
import { usersOf, volumeView } from './volumes.ts';

const types = ['container', 'image', 'volume', 'build-cache'] as const;
const WALKS_AT_ONCE = 4;

/** GET /system/df */
export async function diskUsage(call: Call, engine: Engine): Promise<Answer> {
  const asked = call.query.getAll('type');
  const bad = asked.find((type) => !(types as readonly string[]).includes(type));
  if (bad !== undefined) throw invalid(`unknown object type: ${bad}`);
  const wants = (type: (typeof types)[number]): boolean => asked.length === 0 || asked.includes(type);
  const [containers, volumes, cache] = await Promise.all([
    wants('container') ? containersPart(engine) : null,
    wants('volume') ? volumesPart(engine) : null,
    wants('build-cache') ? cachePart(engine) : null,
  ]);
  const answer: DiskUsageAnswer = {
    LayersSize: wants('image') ? engine.layersSize() : 0,
    Images: wants('image') ? imagesPart(call, engine) : null,
    Containers: containers,
    Volumes: volumes,
    BuildCache: cache,
  };
  return json(call.version < 52 ? answer : usageTotals(answer, queryBool(call.query, 'verbose')));
}

function imagesPart(call: Call, engine: Engine) {
  const shared = sharedSizes(engine);
  const containers = containerCounts(engine);
  return engine.images.list().map((image) => {
    const usage = { sharedSize: shared(image), containers: containers(image), size: sizeOf(image, engine) };
    return summary(image, image, usage, call.version);
  });
}

function containersPart(engine: Engine) {
  return mapPool(engine.containers.list(), WALKS_AT_ONCE, async (container) =>
    summaryView(container, engine, container.spec.image, [], await engine.containers.usage(container.id)),
  );
}

function volumesPart(engine: Engine) {
  return mapPool(engine.volumes.list().filter(isPlain), WALKS_AT_ONCE, async (volume) => ({
    ...volumeView(volume),
    UsageData: {
      Size: await engine.volumes.usage(volume.name),
      RefCount: usersOf(volume.name, engine).length,
    },
  }));
}

async function cachePart(engine: Engine): Promise<BuildCacheItem[]> {
  const builder = await engine.builder();
  const records = await builder.cacheUsage();
  return records.map((record) => ({
    ID: record.id,
    Type: 'regular',
    Description: record.description,
    InUse: record.inUse,
    Shared: false,
    Size: record.size,
    CreatedAt: record.createdAt.toISOString(),
    LastUsedAt: record.lastUsedAt.toISOString(),
    UsageCount: record.usageCount,
  }));
}

import { invalid, messageOf, prefixed } from '../lib/errors.ts';
import type { Volume } from '../volume/types.ts';
import type { PruneAnswer } from '../wire/image.ts';
import type { CreateVolumeBody, VolumeInspect, VolumeList } from '../wire/volume.ts';
import { readJson } from './body.ts';
import { type Answer, type Call, empty, json, param } from './call.ts';
import { pruneTest } from './container-filter.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { type Filters, matchesText, parseFilters } from './filters.ts';
import { queryBool } from './query.ts';
import { labels } from './shape.ts';
import { notManager } from './swarm.ts';
import { formatDate } from './timestamp.ts';

const CLUSTER_VOLUMES = 42;

const name = (call: Call): string => param(call, 'name');

/** Ids of the containers that have a volume. */
export function usersOf(volume: string, engine: Engine): string[] {
  return engine.containers
    .list()
    .filter(({ mounts }) => mounts.some((mount) => mount.type === 'volume' && mount.name === volume))
    .map(({ id }) => id);
}

export function volumeView(volume: Volume): VolumeInspect {
  const options = { ...volume.options };
  return {
    CreatedAt: formatDate(volume.createdAt).replace(/\.\d+Z$/, 'Z'),
    Driver: volume.driver,
    Labels: Object.keys(volume.labels).length > 0 ? { ...volume.labels } : null,
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: Object.keys(options).length > 0 ? options : null,
    Scope: volume.scope,
    ...(volume.status && { Status: volume.status }),
  };
}

/** GET /volumes */
export async function list(call: Call, engine: Engine): Promise<Answer> {
  const filters = listFilters(call);
  const dangling = filters.bool('dangling');
  const { volumes, warnings } = await engine.volumes.survey();
  const found = volumes.filter(
    (volume) =>
      filters.some('driver', (value) => value === volume.driver) &&
      filters.some('name', (value) => matchesText(volume.name, value)) &&
      filters.labels(volume.labels) &&
      (dangling === undefined || dangling === (usersOf(volume.name, engine).length === 0)),
  );
  const answer: VolumeList = {
    Volumes: found.map(volumeView),
    Warnings: warnings.length > 0 ? warnings : null,
  };
  return json(answer);
}

function listFilters(call: Call): Filters {
  try {
    return parseFilters(call.query, ['dangling', 'driver', 'label', 'label!', 'name']);
  } catch (error) {
    throw messageOf(error) === 'invalid filter' ? prefixed('error reading volume filters', error) : error;
  }
}

/** POST /volumes/create */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<CreateVolumeBody>(call, {
    members: {
      Name: 'string',
      Driver: 'string',
      DriverOpts: labels,
      Labels: labels,
      ClusterVolumeSpec: 'object',
    },
  });
  if (body.ClusterVolumeSpec && call.version >= CLUSTER_VOLUMES) return notManager();
  const volume = await engine.volumes.create(
    defined({
      name: body.Name || undefined,
      driver: body.Driver || undefined,
      labels: body.Labels ?? undefined,
      options: body.DriverOpts ?? undefined,
    }),
  );
  return json(volumeView(volume), 201);
}

/** GET /volumes/{name} */
export async function inspect(call: Call, engine: Engine): Promise<Answer> {
  return json(volumeView(await engine.volumes.inspect(name(call))));
}

/** DELETE /volumes/{name} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  await engine.volumes.remove(name(call), {
    force: queryBool(call.query, 'force'),
    usedBy: usersOf(name(call), engine),
  });
  return empty();
}

/** POST /volumes/prune: anonymous volumes; with `all` (and before API 1.42) named ones, too. */
export async function prune(call: Call, engine: Engine): Promise<Answer> {
  const filters = parseFilters(call.query, ['all', 'label', 'label!']);
  const test = pruneTest(filters);
  const used = new Set(
    engine.containers.list().flatMap(({ mounts }) => mounts.flatMap((mount) => mount.name ?? [])),
  );
  const { removed, freed } = await engine.volumes.prune({
    all: call.version < 42 || isAll(filters),
    isUsed: (volume) => used.has(volume),
    filter: test,
  });
  const answer: PruneAnswer = { VolumesDeleted: removed, SpaceReclaimed: freed };
  return json(answer);
}

/** Docker words this one as Go's parser does. */
function isAll(filters: Filters): boolean {
  const [value = ''] = filters.get('all');
  try {
    return filters.bool('all') === true;
  } catch (error) {
    const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
    throw invalid(`invalid filter 'all': ${why}`, error);
  }
}

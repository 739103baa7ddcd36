import { invalid } from '../lib/errors.ts';
import { mapPool } from '../lib/pool.ts';
import type { Image } from '../image/types.ts';
import { familiarName, familiarRepository, parseReference, repositoryOf } from '../oci/reference.ts';
import type { ImageSummary } from '../wire/image.ts';
import { type Answer, type Call, json } from './call.ts';
import type { Engine } from './engine.ts';
import { type Filters, parseFilters } from './filters.ts';
import { descriptorView, manifestsView } from './image-manifests.ts';
import { queryBool } from './query.ts';
import { parseTimestamp } from './timestamp.ts';

const filterNames = ['before', 'dangling', 'label', 'reference', 'since', 'until'];

/** GET /images/json: newest first. */
export async function list(call: Call, engine: Engine): Promise<Answer> {
  const filters = call.version < 28 ? withOldFilter(call.query) : parseFilters(call.query, filterNames);
  const matches = imageFilter(filters, engine);
  const shared = queryBool(call.query, 'shared-size') ? sharedSizes(engine) : () => -1;
  const containers = call.version < 51 ? () => -1 : containerCounts(engine);
  const found = engine.images
    .list()
    .filter(matches)
    .toSorted((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
  const manifests = call.version >= 47 && queryBool(call.query, 'manifests');
  const identity = call.version >= 54 && queryBool(call.query, 'identity');
  return json(
    await mapPool(found, MANIFESTS_AT_ONCE, async (image) => {
      const usage = { sharedSize: shared(image), containers: containers(image), size: sizeOf(image, engine) };
      return {
        ...summary(image, namesThatMatch(image, filters), usage, call.version),
        ...(manifests && { Manifests: await manifestsView(image.id, engine, { identity }) }),
      };
    }),
  );
}

const MANIFESTS_AT_ONCE = 8;

/** All platforms of an image that are here, together. */
export const sizeOf = (image: Image, engine: Engine): number =>
  engine.images.variantsOf(image).reduce((sum, { size }) => sum + size, image.size);

/** Before API 1.28 the name of an image was a parameter of its own. */
function withOldFilter(query: URLSearchParams): Filters {
  const filters = parseFilters(query, filterNames);
  const name = query.get('filter');
  return name ? filters.with('reference', [name]) : filters;
}

export interface Usage {
  readonly sharedSize: number;
  readonly containers: number;
  readonly size: number;
}

export function summary(image: Image, names: Names, usage: Usage, version: number): ImageSummary {
  // before 1.43, clients were told placeholders
  const none = version < 43 && names.tags.length + names.digests.length === 0;
  return {
    Id: image.id,
    ParentId: image.parent ?? '',
    RepoTags: none ? ['<none>:<none>'] : [...names.tags],
    RepoDigests: none ? ['<none>@<none>'] : [...names.digests],
    Created: Math.floor(image.createdAt.getTime() / 1000),
    Size: usage.size,
    SharedSize: usage.sharedSize,
    ...(version < 44 && { VirtualSize: usage.size }),
    Labels: image.config.config?.Labels ?? null,
    Containers: usage.containers,
    ...descriptorOf(image, version),
  };
}

function descriptorOf({ index, manifest }: Image, version: number): Pick<ImageSummary, 'Descriptor'> {
  const target = index ?? manifest;
  return version >= 48 && target ? { Descriptor: descriptorView(target) } : {};
}

interface Names {
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

/** A `reference` filter also leaves out the other names of an image. */
function namesThatMatch(image: Image, filters: Filters): Names {
  const fits = (name: string): boolean =>
    filters.some('reference', (pattern) => matchesReference(name, pattern));
  return { tags: image.tags.filter(fits), digests: image.digests.filter(fits) };
}

function imageFilter(filters: Filters, engine: Engine): (image: Image) => boolean {
  const dangling = filters.bool('dangling');
  const created = (name: string): number[] =>
    filters.get(name).map((value) => engine.images.get(value).createdAt.getTime());
  const until = filters.get('until').map((value) => Number(parseTimestamp(value) / 1_000_000n));
  const before = Math.min(...created('before'), ...until);
  const since = Math.max(...created('since'));
  return (image) => {
    const time = image.createdAt.getTime();
    const names = namesThatMatch(image, filters);
    return (
      time < before &&
      time > since &&
      filters.labels(image.config.config?.Labels ?? {}) &&
      (dangling === undefined || dangling === (image.tags.length === 0)) &&
      (!filters.has('reference') || names.tags.length + names.digests.length > 0)
    );
  };
}

/** Go's path.Match against the whole name and against the repository alone, as people write them and in full (`docker.io/library/…`). */
export function matchesReference(name: string, pattern: string): boolean {
  const glob = globExpression(pattern);
  const reference = parseReference(name);
  const [short, full] = [familiarRepository(reference), repositoryOf(reference)];
  const rest = familiarName(reference).slice(short.length);
  return [short + rest, short, full + rest, full].some((text) => glob.test(text));
}

function globExpression(pattern: string): RegExp {
  if (!/^(?:\\.|\[[^\]]+\]|[^\\[])*$/s.test(pattern)) throw invalid('syntax error in pattern');
  const parts = pattern.match(/\[[^\]]*\]|\\.|\*+|[^]/g) ?? [];
  const body = parts.map((part) => {
    if (part.startsWith('*')) return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 1 && part.startsWith('[')) return part.replace(/\\/g, '\\\\');
    return RegExp.escape(part.length === 2 && part.startsWith('\\') ? part.slice(1) : part);
  });
  try {
    return new RegExp(`^${body.join('')}$`);
  } catch {
    throw invalid(`invalid filter 'reference=${pattern}'`);
  }
}

/** For each image the bytes of its layers that other images have, too. */
export function sharedSizes(engine: Engine): (image: Image) => number {
  const users = new Map<string, number>();
  for (const { config } of engine.images.list({ all: true }))
    for (const diffId of new Set(config.rootfs.diff_ids)) users.set(diffId, (users.get(diffId) ?? 0) + 1);
  return ({ config }) =>
    config.rootfs.diff_ids
      .filter((diffId) => (users.get(diffId) ?? 0) > 1)
      .reduce((sum, diffId) => sum + engine.layerSize(diffId), 0);
}

/** How many containers, running or not, are of an image. */
export function containerCounts(engine: Engine): (image: Image) => number {
  const counts = new Map<string, number>();
  for (const { spec } of engine.containers.list())
    counts.set(spec.imageId, (counts.get(spec.imageId) ?? 0) + 1);
  return (image) =>
    [image, ...engine.images.variantsOf(image)].reduce((sum, { id }) => sum + (counts.get(id) ?? 0), 0);
}

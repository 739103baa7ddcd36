import { internal, invalid } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Image, RemovedImage } from '../image/types.ts';
import type { HealthcheckConfig, ImageRunConfig } from '../oci/image-config.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ContainerConfig } from '../wire/container.ts';
import type {
  AttestationStatement,
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  PruneAnswer,
} from '../wire/image.ts';
import { type Answer, type Call, empty, json, param } from './call.ts';
import { pruneTest } from './container-filter.ts';
import type { Engine } from './engine.ts';
import { parseFilters } from './filters.ts';
import { descriptorView, identityView, manifestsView } from './image-manifests.ts';
import { platformParam, platformParams } from './platform-param.ts';
import { queryBool, queryText, requireText } from './query.ts';
import { newName } from './reference-param.ts';
import { ZERO_TIME } from './timestamp.ts';

const name = (call: Call): string => param(call, 'name');

/** GET /images/{name}/json */
export async function inspect(call: Call, engine: Engine): Promise<Answer> {
  const platform = call.version < 49 ? undefined : platformParam(call.query);
  const manifests = call.version >= 48 && queryBool(call.query, 'manifests');
  if (platform && manifests)
    throw invalid('conflicting options: manifests and platform options cannot both be set');
  const image = engine.images.get(name(call), platform);
  const target = platform ? image.manifest : engine.images.target(name(call));
  return json({
    ...inspectView(image, engine, call.version),
    ...(call.version >= 48 && target && { Descriptor: descriptorView(target) }),
    ...(manifests && { Manifests: await manifestsView(name(call), engine) }),
    ...(call.version >= 53 && identityView(image, engine)),
  });
}

/** GET /images/{name}/attestations: what the builder of an image filed beside it. */
export async function attestations(call: Call, engine: Engine): Promise<Answer> {
  const platforms = platformParams(call.query, 'platform');
  if (platforms.length > 1) throw invalid('multiple platforms are not supported');
  const types = call.query.getAll('type').filter(Boolean);
  const withStatement = queryBool(call.query, 'statement');
  const found = await engine.images.attestations(name(call), platforms[0]);
  const items: AttestationStatement[] = found
    .filter(({ predicateType }) => types.length === 0 || types.includes(predicateType))
    .map(({ descriptor, predicateType, statement }) => ({
      Descriptor: descriptorView(descriptor),
      PredicateType: predicateType,
      ...(withStatement && { Statement: parseStatement(statement) }),
    }));
  return json(items);
}

function parseStatement(statement: Buffer): unknown {
  try {
    return JSON.parse(statement.toString());
  } catch (error) {
    throw internal('an attestation of this image is no JSON', error);
  }
}

function inspectView(image: Image, engine: Engine, version: number): ImageInspect {
  const { config } = image;
  const layers = engine.layerDirs(config.rootfs.diff_ids);
  const [upper, ...lower] = layers?.toReversed() ?? [];
  return {
    Id: image.id,
    RepoTags: [...image.tags],
    RepoDigests: [...image.digests],
    ...told({ Parent: image.parent ?? '', Comment: config.history?.at(-1)?.comment ?? '' }, version),
    Created: config.created ?? image.createdAt.toISOString(),
    ...told({ DockerVersion: '', Author: config.author ?? '' }, version),
    Config: imageConfigView(config.config ?? {}, version),
    ...(version < 45 && { ContainerConfig: imageConfigView({}, version) }),
    Architecture: config.architecture,
    ...(config.variant !== undefined && { Variant: config.variant }),
    Os: config.os,
    Size: image.size,
    ...(version < 44 && { VirtualSize: image.size }),
    GraphDriver: {
      Name: 'overlay2',
      Data:
        upper === undefined
          ? null
          : { ...(lower.length > 0 && { LowerDir: lower.join(':') }), UpperDir: upper },
    },
    RootFS: { Type: 'layers', Layers: [...config.rootfs.diff_ids] },
    Metadata: { LastTagTime: image.lastTaggedAt?.toISOString() ?? ZERO_TIME },
  };
}

/** Since API 1.52, texts that are empty are left out. */
function told<T extends Readonly<Record<string, string>>>(texts: T, version: number): Partial<T> {
  if (version < 52) return texts;
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')) as Partial<T>;
}

/** Before API 1.50 an image was told to have all members of a container's config. */
function imageConfigView(config: ImageRunConfig, version: number): ContainerConfig {
  return {
    ...(version < 50 && containerMembers),
    User: '',
    Env: null,
    Cmd: null,
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: null,
    ...known(config),
  };
}

/** Of a config that a stranger wrote only the members that clients know, in the order in which it has them. */
function known(config: ImageRunConfig): ContainerConfig {
  const members = Object.entries(config).flatMap(([name, value]) => {
    if (value === null || !configMembers.includes(name)) return [];
    if (name === 'ExposedPorts' || name === 'Volumes')
      return [[name, Object.fromEntries(Object.keys(value as object).map((key) => [key, {}]))]];
    return [[name, name === 'Healthcheck' ? healthcheck(value as HealthcheckConfig) : value]];
  });
  return Object.fromEntries(members) as ContainerConfig;
}

const configMembers = [
  'User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal', 'ArgsEscaped', 'Healthcheck',
  'OnBuild', 'Shell',
]; // prettier-ignore

const times = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] as const;

function healthcheck(given: HealthcheckConfig): HealthcheckConfig {
  const numbers = times.flatMap((name) => (typeof given[name] === 'number' ? [[name, given[name]]] : []));
  return { ...(given.Test && { Test: given.Test }), ...(Object.fromEntries(numbers) as HealthcheckConfig) };
}

const containerMembers: ContainerConfig = {
  Hostname: '',
  Domainname: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: '',
};

/** GET /images/{name}/history */
export function history(call: Call, engine: Engine): Answer {
  const platform = platformParam(call.query);
  const items: ImageHistoryItem[] = engine.images.history(name(call), platform).map((item) => ({
    Id: item.id ?? '<missing>',
    Created: Math.floor(item.created.getTime() / 1000),
    CreatedBy: item.createdBy,
    Tags: item.tags.length > 0 ? [...item.tags] : null,
    Size: item.size,
    Comment: item.comment,
  }));
  return json(items);
}

/** POST /images/{name}/tag */
export function tag(call: Call, engine: Engine): Answer {
  engine.images.tag(name(call), newName(requireText(call.query, 'repo'), queryText(call.query, 'tag')));
  return empty(201);
}

/** DELETE /images/{name} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  const platforms = call.version < 50 ? [] : platformParams(call.query, 'platforms');
  const removed = await engine.images.remove(name(call), {
    force: queryBool(call.query, 'force'),
    noPrune: queryBool(call.query, 'noprune'),
    platforms,
    inUseBy: (id) => userOf(id, engine),
  });
  return json(removed.map(deleteItem));
}

/** A container that was made of an image, one that runs first, or else one that has it mounted. */
function userOf(imageId: Digest, engine: Engine): { id: string; running: boolean } | undefined {
  const all = engine.containers.list();
  const users = all.filter(({ spec }) => spec.imageId === imageId);
  const isUp = (status: string): boolean => ['running', 'paused', 'restarting'].includes(status);
  const user = users.find(({ state }) => isUp(state.status)) ?? users[0];
  if (user) return { id: user.id, running: isUp(user.state.status) };
  const holder = all.find(({ mounts }) => mounts.some((mount) => mount.imageId === imageId));
  return holder && { id: holder.id, running: false };
}

function deleteItem({ untagged, deleted }: RemovedImage): ImageDeleteItem {
  return untagged === undefined ? { Deleted: deleted ?? '' } : { Untagged: untagged };
}

/** With its tag; none for what is no name. */
function wholeName(image: string): string[] {
  try {
    return [familiarName(withDefaultTag(parseReference(image)))];
  } catch {
    return [];
  }
}

/** POST /images/prune: untagged images; with `dangling=false` all that no container uses. */
export async function prune(call: Call, engine: Engine): Promise<Answer> {
  const filters = parseFilters(call.query, ['dangling', 'until', 'label', 'label!']);
  const test = pruneTest(filters);
  const containers = engine.containers.list();
  const used = new Set(
    containers.flatMap(({ spec, mounts }) => [
      spec.imageId,
      ...mounts.flatMap(({ imageId }) => imageId ?? []),
    ]),
  );
  const { removed, freed } = await engine.images.prune({
    all: filters.bool('dangling') === false,
    isUsed: (id) => used.has(id),
    usedNames: new Set(containers.flatMap(({ spec }) => wholeName(spec.image))),
    filter: ({ createdAt, config }) => test({ createdAt, labels: config.config?.Labels ?? {} }),
  });
  const answer: PruneAnswer = {
    ImagesDeleted: removed.length > 0 ? removed.map(deleteItem) : null,
    SpaceReclaimed: freed,
  };
  return json(answer);
}

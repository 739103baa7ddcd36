import { invalid } from '../lib/errors.ts';
import { familiarName } from '../oci/reference.ts';
import { mapPool } from '../lib/pool.ts';
import { linksOf } from '../container/names/links.ts';
import type { Container } from '../container/types.ts';
import type {
  ChangeItem,
  CreateContainerAnswer,
  CreateContainerBody,
  ResourcesConfig,
  RestartPolicy,
} from '../wire/container.ts';
import type { OciDescriptor, PruneAnswer } from '../wire/image.ts';
import { readJson, readRequiredJson } from './body.ts';
import { type Answer, type Call, empty, json, param, stream } from './call.ts';
import * as bodies from './container-body.ts';
import { containerFilter, containerFilterNames, pruneTest } from './container-filter.ts';
import { inspectSince, summarySince } from './container-since.ts';
import { containerSpec } from './container-spec.ts';
import { inspectView, summaryView } from './container-view.ts';
import { checkpointOf } from './checkpoints.ts';
import { bodyOfVersion } from './create-since.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { parseFilters } from './filters.ts';
import { descriptorView } from './image-manifests.ts';
import { queryBool, queryInt, queryText } from './query.ts';
import { newName } from './reference-param.ts';
import { updatedLimits } from './resource-limits.ts';
import { checkInterfaceSysctls } from './interface-sysctls.ts';
import { fillBindings, isPort } from './port-specs.ts';
import { restartPolicy } from './restart-policy.ts';

const id = (call: Call): string => param(call, 'id');

const macWarning =
  'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.';

const bindingsWarning = (ports: readonly string[]): string =>
  `Following container port(s) have an empty list of port-bindings: ${ports.join(', ')}. Such bindings will be discarded in a future version.`;

/** POST /containers/create */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  const given = await readRequiredJson<CreateContainerBody>(call, bodies.createContainer);
  const body = bodyOfVersion(given, call.version, engine.facts.cgroupVersion);
  checkInterfaceSysctls(body.HostConfig ?? {}, call.version);
  const unbound = fillBindings(body.HostConfig?.PortBindings ?? {});
  const created = await engine.containers.create({
    ...defined({ name: queryText(call.query, 'name'), platform: queryText(call.query, 'platform') }),
    spec: containerSpec(body, call.version),
  });
  const wrong = Object.keys(body.ExposedPorts ?? {}).filter((port) => !isPort(port));
  const told = [
    ...wrong.map(
      (port) => `Exposed port ${JSON.stringify(port)} is none and has no effect: want PORT or PORT/PROTOCOL`,
    ),
    ...(body.MacAddress && call.version >= 44 ? [macWarning] : []),
    ...(unbound.length > 0 && call.version >= 52 ? [bindingsWarning(unbound)] : []),
  ];
  const answer: CreateContainerAnswer = { Id: created.id, Warnings: [...created.warnings, ...told] };
  return json(answer, 201);
}

/** GET /containers/json: newest first. */
export async function list(call: Call, engine: Engine): Promise<Answer> {
  const filters = parseFilters(call.query, containerFilterNames);
  const limit = queryInt(call.query, 'limit') ?? 0;
  const all = queryBool(call.query, 'all') || limit > 0 || filters.has('status');
  const matches = containerFilter(filters, engine);
  const known = engine.containers.list();
  const found = known
    .filter((container) => (all || isUp(container)) && matches(container))
    .toSorted((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const names = imageNames(engine);
  const links = linkNames(known, engine);
  if (!queryBool(call.query, 'size'))
    return json(
      shown.map((container) => ({
        ...summaryView(container, engine, names(container), links(container)),
        ...summarySince(container, call.version),
        ...manifestView(container, engine, call.version),
      })),
    );
  const sized = await mapPool(shown, 4, async (container) => ({
    ...summaryView(
      container,
      engine,
      names(container),
      links(container),
      await engine.containers.usage(container.id),
    ),
    ...summarySince(container, call.version),
    ...manifestView(container, engine, call.version),
  }));
  return json(sized);
}

const isUp = ({ state }: Container): boolean => ['running', 'paused', 'restarting'].includes(state.status);

/** The image's name as the client gave it, or its id where that name has moved on to another image. */
function imageNames(engine: Engine): (container: Container) => string {
  const ids = new Map<string, readonly string[]>();
  return ({ spec }) => {
    const known = ids.get(spec.image) ?? idsOf(spec.image, engine);
    ids.set(spec.image, known);
    return known.includes(spec.imageId) ? spec.image : spec.imageId;
  };
}

/** Of a container whose image is one of several platforms: which manifest it is. */
function manifestView(
  { spec }: Container,
  { images }: Engine,
  version: number,
): { ImageManifestDescriptor?: OciDescriptor } {
  const image = version < 48 ? undefined : images.find(spec.imageId);
  return image?.index && image.manifest ? { ImageManifestDescriptor: descriptorView(image.manifest) } : {};
}

/** The image that a name means, and its further platforms. */
function idsOf(name: string, { images }: Engine): string[] {
  const image = images.find(name);
  return image ? [image, ...images.variantsOf(image)].map((each) => each.id) : [];
}

/** What others call it by their links. */
function linkNames(known: readonly Container[], { containers }: Engine): (container: Container) => string[] {
  const names = new Map<string, string[]>();
  for (const { name, spec } of known)
    for (const { target, alias } of linksOf(spec)) {
      const id = containers.find(target)?.id ?? '';
      names.set(id, [...(names.get(id) ?? []), `/${name}/${alias}`]);
    }
  return ({ id: own }) => names.get(own) ?? [];
}

/** GET /containers/{id}/json */
export async function inspect(call: Call, engine: Engine): Promise<Answer> {
  const container = engine.containers.get(id(call));
  const sizes = queryBool(call.query, 'size') ? await engine.containers.usage(container.id) : undefined;
  return json({
    ...inspectSince(inspectView(container, engine, sizes), call.version),
    ...manifestView(container, engine, call.version),
  });
}

/** POST /containers/{id}/start */
export async function start(call: Call, engine: Engine): Promise<Answer> {
  if (Number(call.headers['content-length'] ?? 0) > 7)
    throw invalid(
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    );
  await engine.containers.start(id(call), checkpointOf(call, engine));
  return empty();
}

const stopOptions = ({ query }: Call) =>
  defined({ timeout: queryInt(query, 't'), signal: queryText(query, 'signal') });

/** POST /containers/{id}/stop */
export async function stop(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.stop(id(call), stopOptions(call));
  return empty();
}

/** POST /containers/{id}/restart */
export async function restart(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.restart(id(call), stopOptions(call));
  return empty();
}

/** POST /containers/{id}/kill */
export async function kill(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.kill(id(call), queryText(call.query, 'signal'));
  return empty();
}

/** POST /containers/{id}/pause */
export async function pause(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.pause(id(call));
  return empty();
}

/** POST /containers/{id}/unpause */
export async function unpause(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.unpause(id(call));
  return empty();
}

/** POST /containers/{id}/rename */
export async function rename(call: Call, engine: Engine): Promise<Answer> {
  const name = queryText(call.query, 'name');
  if (name === undefined) throw invalid('Neither old nor new names may be empty');
  await engine.containers.rename(id(call), name);
  return empty();
}

/** POST /containers/{id}/update */
export async function update(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<ResourcesConfig & { RestartPolicy?: RestartPolicy }>(
    call,
    bodies.updateContainer,
  );
  const policy = body.RestartPolicy?.Name ? restartPolicy(body.RestartPolicy) : undefined;
  const { warnings } = await engine.containers.update(
    id(call),
    defined({ resources: updatedLimits(body, call.version), restartPolicy: policy }),
  );
  return json({ Warnings: warnings.length > 0 ? warnings : null });
}

/** DELETE /containers/{id} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  const flag = (name: string): boolean => queryBool(call.query, name);
  await engine.containers.remove(id(call), { force: flag('force'), volumes: flag('v'), link: flag('link') });
  return empty();
}

/** POST /containers/prune */
export async function prune(call: Call, engine: Engine): Promise<Answer> {
  const test = pruneTest(parseFilters(call.query, ['until', 'label', 'label!']));
  const { removed, freed } = await engine.containers.prune(({ createdAt, spec }) =>
    test({ createdAt, labels: spec.labels }),
  );
  const answer: PruneAnswer = {
    ContainersDeleted: removed.length > 0 ? removed : null,
    SpaceReclaimed: freed,
  };
  return json(answer);
}

/** POST /containers/{id}/resize */
export async function resize(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.resize(id(call), terminalSize(call));
  return empty(200);
}

/** `h` and `w` of the resize calls. */
export function terminalSize({ query }: Call): { height: number; width: number } {
  const side = (name: string, what: string): number => {
    const text = query.get(name) ?? '';
    const value = /^-?\d+$/.test(text) ? Number(text) : undefined;
    if (value !== undefined && value >= 0 && value <= 0xffff) return value;
    const why = value === undefined ? 'invalid syntax' : 'value out of range';
    throw invalid(`invalid resize ${what} ${JSON.stringify(text)}: ${why}`);
  };
  return { height: side('h', 'height'), width: side('w', 'width') };
}

/** GET /containers/{id}/top */
export async function top(call: Call, engine: Engine): Promise<Answer> {
  const { titles, processes } = await engine.containers.top(
    id(call),
    queryText(call.query, 'ps_args') ?? '-ef',
  );
  return json({ Titles: titles, Processes: processes });
}

const changeKind = { modified: 0, added: 1, deleted: 2 } as const;

/** GET /containers/{id}/changes */
export async function changes(call: Call, engine: Engine): Promise<Answer> {
  const found = await engine.containers.changes(id(call));
  const items: ChangeItem[] = found.map(({ path, kind }) => ({ Path: path, Kind: changeKind[kind] }));
  return json(items.length > 0 ? items : null);
}

/** GET /containers/{id}/export */
export function exportRootfs(call: Call, engine: Engine): Answer {
  const container = engine.containers.get(id(call));
  return stream(engine.containers.export(container.id, call.signal), 'application/octet-stream');
}

/** POST /commit */
export async function commit(call: Call, engine: Engine): Promise<Answer> {
  const { query } = call;
  const body = await readJson<CreateContainerBody>(call, { members: bodies.containerConfig });
  const container = queryText(query, 'container');
  if (container === undefined) throw invalid('invalid name or ID supplied: ""');
  const repository = queryText(query, 'repo');
  const tag = queryText(query, 'tag');
  const config = Object.keys(body).length > 0 ? containerSpec({ Image: 'unused', ...body }) : undefined;
  const changes = query.getAll('changes').flatMap((text) => text.split('\n'));
  if (changes.length > 0 && changes.every((line) => line.trim() === ''))
    throw invalid('file with no instructions');
  const digest = await engine.containers.commit(
    container,
    defined({
      reference: repository && familiarName(newName(repository, tag)),
      comment: queryText(query, 'comment'),
      author: queryText(query, 'author'),
      pause: queryBool(query, 'pause', true),
      changes: changes.filter((line) => line.trim() !== ''),
      config,
    }),
  );
  return json({ Id: digest }, 201);
}

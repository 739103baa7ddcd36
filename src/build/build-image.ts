import type { ContentStore } from '../content/types.ts';
import type { Images } from '../image/types.ts';
import { invalid, isAbort } from '../lib/errors.ts';
import { mapPool } from '../lib/pool.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Registry } from '../registry/client/types.ts';
import type { ContextStore } from './context/context-store.ts';
import type { FailedSteps } from './failed/failed-steps.ts';
import type { MeasuredSizes } from './gc/measured-sizes.ts';
import type { BuildRecord } from './history/types.ts';
import type { BuildHistory } from './history/build-history.ts';
import { BuildOperations } from './ops/build-operations.ts';
import { BuildSources } from './ops/build-sources.ts';
import { CommandError } from './ops/exec/command-error.ts';
import type { BuildPaths, BuildServices } from './ops/services.ts';
import { parseDockerfile } from './parse/parse-dockerfile.ts';
import { makePlan } from './plan/make-plan.ts';
import { neededPaths } from './plan/needed-paths.ts';
import type { BuildPlan } from './plan/types.ts';
import { importCaches, namesNoCache } from './remote-cache/import-caches.ts';
import { withInlineCache } from './remote-cache/export-cache.ts';
import { solvedCache } from './remote-cache/solved-cache.ts';
import { solveWithImports } from './remote-cache/solve-with-imports.ts';
import { EventWriter } from './request/event-writer.ts';
import { readContext } from './request/read-context.ts';
import { imageResolver } from './request/resolve-image.ts';
import { assembleConfig } from './result/assemble-config.ts';
import { BaseList } from './result/base-list.ts';
import { readEpoch } from './result/source-date-epoch.ts';
import type { Solver } from './solve/solver.ts';
import type { BuildEvent, BuildRequest, BuiltImage } from './types.ts';

export interface BuildParts {
  readonly services: BuildServices;
  readonly solver: Solver;
  readonly images: Images;
  readonly contexts: ContextStore;
  readonly history: BuildHistory;
  readonly failures: FailedSteps;
  readonly registry: Registry;
  readonly content: ContentStore;
  readonly sizes: MeasuredSizes;
}

type Options = { readonly signal: AbortSignal; readonly onEvent?: (event: BuildEvent) => void };

/** One build: solved and recorded as an image. */
export async function buildImage(
  parts: BuildParts,
  request: BuildRequest,
  options: Options,
): Promise<{ imageId: Digest }> {
  const tags = request.tags.map((tag) => withDefaultTag(parseReference(tag)));
  using built = await solveImage(parts, request, options);
  const { id } = await parts.images.create(built.config, {
    tags,
    ...(built.parent && { parent: built.parent }),
  });
  const { buildId } = built;
  options.onEvent?.({ type: 'done', imageId: id, tags: tags.map(familiarName), buildId });
  return { imageId: id };
}

/** A build that is written down. */
export async function solveImage(
  parts: BuildParts,
  request: BuildRequest,
  options: Options,
): Promise<BuiltImage> {
  const { dockerfile } = request;
  const about = {
    lineage: lineageOf(request, parts.services.paths),
    dockerfile: 'path' in dockerfile ? dockerfile.path : (dockerfile.name ?? 'Dockerfile'),
    target: request.target ?? '',
  };
  const recorder = parts.history.begin(about, request.id);
  const onEvent = (event: BuildEvent): void => {
    recorder.onEvent(event);
    options.onEvent?.(event);
  };
  try {
    const image = await solvePlan(parts, request, { ...options, onEvent });
    recorder.end({ imageId: digestOf(Buffer.from(JSON.stringify(image.config))) });
    await forgetFailure(parts, about.lineage);
    return { ...image, buildId: recorder.record().id };
  } catch (error) {
    recorder.end({ error });
    const record = recorder.record();
    if (error instanceof CommandError) await keepFailure(parts, request, record, error);
    else if (!isAbort(error)) await forgetFailure(parts, about.lineage);
    throw error;
  }
}

/** What an earlier build of the same left is of no use after this one. */
async function forgetFailure(parts: BuildParts, lineage: string): Promise<void> {
  if (parts.failures.drop(lineage)) await collectLayers(parts);
}

const collectLayers = ({ images, solver }: BuildParts): Promise<number> =>
  images.collect((layer) => solver.records.holdsLayer(layer));

async function keepFailure(
  parts: BuildParts,
  { contextDir, keepFailed = true }: BuildRequest,
  { id: buildId, lineage }: BuildRecord,
  { left, exitCode }: CommandError,
): Promise<void> {
  if (!left || !keepFailed) return forgetFailure(parts, lineage);
  const { failures, services } = parts;
  const { layers, size, op, step } = left;
  const isOwn = contextDir === '' || contextDir.startsWith(`${services.paths.build}/`);
  const replaces = failures.put({
    buildId,
    lineage,
    layers,
    op,
    ...(!isOwn && { contextDir }),
    step: step.name,
    stage: step.stage,
    line: step.position.line,
    exitCode,
    size,
    createdAt: new Date(),
  });
  if (replaces) await collectLayers(parts);
}

/** Text → instructions → plan → solved → config of an image. */
async function solvePlan(
  parts: BuildParts,
  request: BuildRequest,
  options: Options,
): Promise<Omit<BuiltImage, 'buildId'>> {
  const { signal } = options;
  signal.throwIfAborted();
  const events = new EventWriter(options.onEvent);
  if (request.squash) throw invalid('squash is only supported with experimental mode');
  const context = readContext(request);
  const dockerfile = parseDockerfile(context.file, context.text);
  using held = new DisposableStack();
  const bases = new BaseList();
  const hold = (layers: readonly Digest[]): void => void held.use(parts.images.leaseLayers(layers));
  const warn = (message: string): void => events.warning({ message, file: context.file, line: 1 });
  const imported = held.use(await importCaches(parts, request, { signal, warn }));
  await using sources = new BuildSources(parts.services, context, imported, request);
  try {
    const plan = await makePlan(
      dockerfile,
      { ...request, ignore: context.ignore },
      {
        onSteps: (steps) => events.plan(steps),
        onFailure: (warnings) => warnings.forEach((warning) => events.warning(warning)),
        resolveImage: imageResolver({
          images: parts.images,
          request,
          signal,
          onPull: (step, why) => events.start(step.index, { hit: false, why }),
          onProgress: (step, progress) => events.progress(step.index, progress),
          onLookup: (name, outcome) => events.lookup(name, outcome),
          onImage: (image, name) => {
            hold(image.config.rootfs.diff_ids);
            bases.add(parts.images, image, name);
          },
        }),
      },
    );
    events.globals(plan.steps);
    for (const warning of plan.warnings) events.warning(warning);
    await openContexts(plan, request, sources, signal);
    const metadata = new Set<string>();
    const solved = await solveWithImports(parts.solver, plan, imported, {
      operations: new BuildOperations(parts.services, sources),
      noCache: request.noCache || namesNoCache(parts.images, request, imported),
      ...(request.noCacheStages && { noCacheStages: request.noCacheStages }),
      ...(request.group && { group: request.group }),
      lineage: familyOf(lineageOf(request, parts.services.paths)),
      signal,
      early: sources.digestAll(plan, signal),
      onEvent: (event) => events.solve(event),
      onMetadata: (key) => metadata.add(key),
      hold: (layer) => hold([layer]),
    });
    const parent = plan.target.baseImage?.id;
    const { records } = parts.solver;
    const more = { metadata: [...metadata], digests: await sources.knownDigests() };
    const cache = solvedCache(solved, { records, imported }, more);
    const config = assembleConfig(plan.target, solved, readEpoch(plan.epoch));
    const layers = held.move();
    return {
      config: wantsInlineCache(request) ? withInlineCache(config, cache) : config,
      bases: bases.list(),
      fetched: sources.fetched(),
      cache,
      ...(parent && { parent }),
      fetchLayers: (wanted, fetching) => imported.ensure(wanted, fetching),
      [Symbol.dispose]: () => layers.dispose(),
    };
  } catch (error) {
    events.abandon(error);
    throw error;
  }
}

/** Brings what the plan reads of contexts that are not there yet. */
async function openContexts(
  plan: BuildPlan,
  { openContext, contexts = {} }: BuildRequest,
  sources: BuildSources,
  signal: AbortSignal,
): Promise<void> {
  const named = Object.entries(contexts).flatMap(([name, context]) =>
    'open' in context ? [{ name, open: context.open }] : [],
  );
  const all = [...(openContext ? [{ name: undefined, open: openContext }] : []), ...named];
  await mapPool(
    all,
    all.length,
    async ({ name, open }, opening) => {
      const paths = neededPaths(plan, name);
      if (paths?.length !== 0) sources.useContext(await open(paths, opening), name);
    },
    { signal },
  );
}

const wantsInlineCache = ({ inlineCache, buildArgs }: BuildRequest): boolean =>
  inlineCache ?? /^(?:1|t|true)$/i.test(buildArgs['BUILDKIT_INLINE_CACHE'] ?? '');

/** Builds whose tags differ only behind the colon are compared with one another: `app:1` and `app:2`. */
const familyOf = (lineage: string): string => lineage.replace(/(?<=[^/]):[\w.-]+$/, '');

/** The first tag, else the directory of the context, unless that is only for this build. */
function lineageOf({ lineage, tags, contextDir }: BuildRequest, { build }: BuildPaths): string {
  return lineage ?? tags[0] ?? (contextDir.startsWith(`${build}/`) ? '' : contextDir);
}

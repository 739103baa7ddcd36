import { invalid } from '../lib/errors.ts';
import { mapPool } from '../lib/pool.ts';
import type { Digest } from '../oci/digest.ts';
import type { BuildParts } from './build-parts.ts';
import { BuildOperations } from './ops/build-operations.ts';
import { BuildSources } from './ops/build-sources.ts';
import { type Dockerfile, parseDockerfile } from './parse/parse-dockerfile.ts';
import { makePlan } from './plan/make-plan.ts';
import { neededPaths } from './plan/needed-paths.ts';
import type { BuildPlan } from './plan/types.ts';
import { importCaches, namesNoCache } from './remote-cache/import-caches.ts';
import { withInlineCache } from './remote-cache/export-cache.ts';
import { solvedCache } from './remote-cache/solved-cache.ts';
import { solveWithImports } from './remote-cache/solve-with-imports.ts';
import { EventWriter } from './request/event-writer.ts';
import { familyOf, lineageOf } from './request/lineage.ts';
import { type BuildContext, readContext } from './request/read-context.ts';
import { imageResolver } from './request/resolve-image.ts';
import { assembleConfig } from './result/assemble-config.ts';
import { BaseList } from './result/base-list.ts';
import { readEpoch } from './result/source-date-epoch.ts';
import type { BuildEvent, BuildRequest, BuiltImage } from './types.ts';

/** Text → instructions → plan → solved → config of an image. */
export async function solvePlan(
  parts: BuildParts,
  request: BuildRequest,
  { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: (event: BuildEvent) => void },
): Promise<Omit<BuiltImage, 'buildId'>> {
  signal.throwIfAborted();
  const events = new EventWriter(onEvent);
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
    const plan = await planBuild(parts, request, { context, dockerfile, events, bases, hold, signal });
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
    const assembled = assembleConfig(plan.target, solved, readEpoch(plan.epoch));
    const config = wantsInlineCache(request) ? withInlineCache(assembled, cache) : assembled;
    const layers = held.move();
    return {
      config,
      bases: bases.list(),
      fetched: sources.remote.fetched(),
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

interface Planning {
  readonly context: BuildContext;
  readonly dockerfile: Dockerfile;
  readonly events: EventWriter;
  /** Gets the images that stages stand on. */
  readonly bases: BaseList;
  /** Keeps layers until the build has ended. */
  readonly hold: (layers: readonly Digest[]) => void;
  readonly signal: AbortSignal;
}

/** Plans a build and brings the images that it stands on; both are told. */
function planBuild(
  { images }: Pick<BuildParts, 'images'>,
  request: BuildRequest,
  { context, dockerfile, events, bases, hold, signal }: Planning,
): Promise<BuildPlan> {
  return makePlan(
    dockerfile,
    { ...request, ignore: context.ignore },
    {
      onSteps: (steps) => events.plan(steps),
      onFailure: (warnings) => warnings.forEach((warning) => events.warning(warning)),
      resolveImage: imageResolver({
        images,
        request,
        signal,
        onPull: (step, why) => events.start(step.index, { hit: false, why }),
        onProgress: (step, progress) => events.progress(step.index, progress),
        onLookup: (name, outcome) => events.lookup(name, outcome),
        onImage: (image, name) => {
          hold(image.config.rootfs.diff_ids);
          bases.add(images, image, name);
        },
      }),
    },
  );
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

import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { ContentStore } from '../content/types.ts';
import type { EventBus } from '../events/types.ts';
import type { Images } from '../image/types.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { WorkerPool } from '../lib/worker-pool.ts';
import type { Networks } from '../network/types.ts';
import type { Registry } from '../registry/client/types.ts';
import type { Runtime } from '../runtime/types.ts';
import type { Snapshotter } from '../snapshot/types.ts';
import { buildImage, solveImage } from './build-image.ts';
import type { BuildParts } from './build-parts.ts';
import { describeBuild } from './check/describe-build.ts';
import { usedContexts } from './check/used-contexts.ts';
import { checkBuild } from './check/check-build.ts';
import { FailedSteps } from './failed/failed-steps.ts';
import { openFailed } from './failed/open-failed.ts';
import { cacheMountCalls } from './gc/cache-mount-calls.ts';
import { Collector } from './gc/collector.ts';
import { MeasuredSizes } from './gc/measured-sizes.ts';
import { diskSpace, gcPolicies } from './gc/policies.ts';
import { cacheUsage, prune } from './gc/prune.ts';
import type { DiskSpace, GcPolicy, GcSettings } from './gc/types.ts';
import { BuildHistory } from './history/build-history.ts';
import { ContextStore } from './context/context-store.ts';
import { CacheMounts } from './ops/exec/cache-mounts.ts';
import { type BuildPaths, type BuildServices, uploadsRoot } from './ops/services.ts';
import { fetchContext } from './remote/fetch-context.ts';
import { GitStore } from './remote/git-store.ts';
import { HttpStore } from './remote/http-store.ts';
import { scratchDirectory } from './ops/scratch-directory.ts';
import { recover } from './recover.ts';
import { openRootfs } from './result/open-rootfs.ts';
import { exportCache } from './remote-cache/export-cache.ts';
import { namedCache } from './remote-cache/import-caches.ts';
import { readCache } from './remote-cache/read-cache.ts';
import { registryWriter } from './remote-cache/registry-cache.ts';
import { RunningBuilds } from './running-builds.ts';
import { CacheRecords } from './solve/records.ts';
import { Solver } from './solve/solver.ts';
import type { Builder } from './types.ts';

export interface BuilderOptions {
  readonly database: DatabaseSync;
  readonly images: Images;
  readonly snapshots: Snapshotter;
  readonly content: ContentStore;
  readonly runtime: Runtime;
  readonly networks: Networks;
  readonly events: EventBus;
  readonly registry: Registry;
  readonly paths: BuildPaths;
  readonly logger?: Logger;
  /** How the cache is kept small; may change. Default: as Docker does. */
  readonly gc?: () => GcSettings;
  /** `private` or `host`: what the engine's settings say of containers. */
  readonly cgroupnsMode?: string;
  /** Steps at work at the same time; default: as many as there are cores. */
  readonly parallel?: number;
}

export interface OpenBuilder extends Builder {
  /** Aborts the builds that run, waits until nothing of them is left, and ends worker threads. */
  close(): Promise<void>;
}

/** Opens the builder over the engine's parts. */
export function openBuilder(options: BuilderOptions): OpenBuilder {
  const { paths, images, snapshots, content, registry, runtime, networks, logger = silentLogger } = options;
  mkdirSync(paths.build, { recursive: true, mode: 0o711 });
  const records = new CacheRecords(options.database, (layer) => images.leaseLayers([layer]));
  const workers: BuildServices['workers'] = new WorkerPool(
    new URL('./ops/worker/main.ts', import.meta.url),
    availableParallelism(),
  );
  const contexts = new ContextStore(uploadsRoot(paths));
  const caches = new CacheMounts(join(paths.build, 'cache'));
  const git = new GitStore(join(paths.build, 'git'));
  const http = new HttpStore(join(paths.build, 'http'));
  const services: BuildServices = {
    snapshots,
    runtime,
    networks,
    records,
    workers,
    caches,
    git,
    http,
    paths,
    logger,
    ...(options.cgroupnsMode !== undefined && { cgroupnsMode: options.cgroupnsMode }),
  };
  const scratch = (): ReturnType<typeof scratchDirectory> => scratchDirectory(paths);
  const sizes = new MeasuredSizes();
  const history = new BuildHistory(options.database);
  const solver = new Solver(records, options.parallel);
  const failures = new FailedSteps(options.database, (layers) => images.leaseLayers(layers));
  const parts: BuildParts = {
    services,
    images,
    contexts,
    solver,
    history,
    failures,
    registry,
    content,
    sizes,
  };
  const builds = new RunningBuilds();
  const disk = (): DiskSpace => diskSpace(paths.build);
  const policies = (): readonly GcPolicy[] => gcPolicies(options.gc?.() ?? { enabled: true }, disk());
  const collector = new Collector({
    policies,
    prune: (pruning, sweep) => prune(parts, pruning, sweep),
    logger,
  });
  return {
    receiveContext: (archive, receiving) => contexts.receive(archive, receiving),
    receiveFiles: (files, lineage) => contexts.receiveFiles(files, lineage),
    fetchContext: (remote, fetching) => fetchContext({ contexts, git, http, scratch }, remote, fetching),
    build: (request, given) =>
      builds
        .run(given.signal, (signal) => buildImage(parts, request, { ...given, signal }))
        .finally(() => collector.schedule()),
    solve: (request, given) =>
      builds
        .run(given.signal, (signal) => solveImage(parts, request, { ...given, signal }))
        .finally(() => collector.schedule()),
    readCache: (from, { credentials, signal }) =>
      typeof from === 'string' ? namedCache(parts, from, credentials, signal) : readCache(from, signal),
    exportCache: (built, target, { signal, onProgress = () => {}, ...wanted }) => {
      const writer =
        'writer' in target ? target.writer : registryWriter(registry, target.reference, target.auth);
      return exportCache(parts, built, writer, wanted, { signal, onProgress });
    },
    openRootfs: (image) => openRootfs(snapshots, image),
    check: (request) => checkBuild(images, request),
    describe: describeBuild,
    usedContexts: (request, names) => usedContexts(parts.images, request, names),
    history,
    failures: {
      has: (buildId) => failures.find(buildId) !== undefined,
      open: (buildId) => openFailed({ failures, snapshots, caches }, buildId),
    },
    layerTimes: (layers) => records.layerTimes(layers),
    prune: (pruning) => prune(parts, pruning),
    cacheUsage: (filters) => cacheUsage(parts, filters),
    cacheMounts: cacheMountCalls({ caches, sizes, snapshots }),
    gcPolicies: policies,
    holdsLayer: (diffId) => records.holdsLayer(diffId),
    recover: () => recover(services),
    async close() {
      await collector.close();
      await builds.close();
      workers.close();
    },
  };
}

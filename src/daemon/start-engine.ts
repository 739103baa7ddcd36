import type { Server } from 'node:http';
import { createApiServer } from '../api/server.ts';
import type { ContainerSettings } from '../container/context.ts';
import { openContainers } from '../container/open-containers.ts';
import { containerOfSnapshot } from '../container/start/image-mounts.ts';
import { openContentStore } from '../content/content-store.ts';
import { openEventBus } from '../events/event-bus.ts';
import { openImages } from '../image/images.ts';
import { openDatabase, reserveRoom } from '../lib/database.ts';
import { writesTo } from '../lib/full-disk.ts';
import type { Logger } from '../lib/log.ts';
import { openNetworks } from '../network/open-networks.ts';
import { openRegistry } from '../registry/client/registry.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { openSnapshotter } from '../snapshot/overlay-snapshotter.ts';
import { openVolumes } from '../volume/open-volumes.ts';
import { lockDataRoot } from './data-root-lock.ts';
import { engineFacts } from './engine-facts.ts';
import { LazyBuilder } from './lazy-builder.ts';
import { lazyBuildKit } from './lazy-buildkit.ts';
import { layerDirs, layerSize, snapshotDirs } from './layer-views.ts';
import { parseAddress } from './address.ts';
import { listenAll } from './listen.ts';
import { LiveSettings } from './live-settings.ts';
import { makeDirectories } from './make-directories.ts';
import { OpenSockets } from './open-sockets.ts';
import { enginePaths } from './paths.ts';
import { writePidFile } from './pid-file.ts';
import { registryProbe } from './registry-probe.ts';
import type { Settings } from './settings.ts';
import { readTls } from './tls.ts';

export interface RunningEngine {
  readonly hosts: readonly string[];
  /** Takes over what may change while an engine runs, and tells it by an event. */
  reload(settings: Settings): void;
  /** Answers no more requests and lets go of everything; containers run on. `purge` also removes bridges and firewall rules. */
  close(options?: { purge?: boolean }): Promise<void>;
}

/** Milliseconds: an engine's first requests need not wait for it. */
const RESERVE_AFTER = 1000;

/**
 * Builds an engine from its parts, brings it in line with what runs on this host, and lets clients in. All or nothing: on failure
 * everything that was opened is closed again.
 */
export async function startEngine(settings: Settings, logger: Logger): Promise<RunningEngine> {
  const startedAt = new Date();
  const live = new LiveSettings(settings);
  const addresses = settings.hosts.map((host) => parseAddress(host, settings));
  const tls = settings.tls && readTls(settings.tls);
  for (const key of settings.withoutEffect) logger.warn(`setting ${key} has no effect in this engine`);
  await using opened = new AsyncDisposableStack();
  using _awake = keepAwake();
  const paths = enginePaths(settings.dataRoot, settings.runRoot);
  makeDirectories(paths);
  opened.use(lockDataRoot(paths.lock, paths.dataRoot));
  if (settings.pidFile !== undefined) opened.use(writePidFile(settings.pidFile));
  const database = openDatabase(paths.database);
  opened.defer(() => database.close());
  for (const place of [paths.dataRoot, paths.runRoot]) writesTo(place);
  const reserving = setTimeout(() => reserveRoom(database), RESERVE_AFTER).unref();
  opened.defer(() => clearTimeout(reserving));

  Object.assign(process.env, settings.proxies); // for git and what builds read from URLs, too
  const events = openEventBus({ database });
  const content = openContentStore(paths.content);
  const snapshots = openSnapshotter({ layersDir: paths.layers, snapshotsDir: paths.snapshots, logger });
  const registry = openRegistry({
    get mirrors() {
      return live.mirrors;
    },
    get insecure() {
      return live.insecureRegistries;
    },
    caDir: '/etc/docker/certs.d',
    proxyEnv: process.env,
  });
  opened.defer(() => registry.close());
  const images = openImages({
    database,
    content,
    snapshots,
    registry,
    events,
    logger,
    maxConcurrentDownloads: () => live.maxDownloads,
    maxConcurrentUploads: () => live.maxUploads,
  });
  const volumes = openVolumes({
    database,
    dir: paths.volumes,
    events,
    logger,
    ...(settings.pluginDirs && { pluginDirs: settings.pluginDirs }),
  });
  const runtime = await openRuntime({
    stateDir: paths.runtimeState,
    exitsDir: paths.exits,
    bundlesDir: paths.bundles,
    logger,
    ...(settings.runtimePath !== undefined && { runtimePath: settings.runtimePath }),
  });
  const networks = await openNetworks({
    database,
    events,
    logger,
    name: settings.name,
    ...settings.defaultBridge,
    defaultOptions: settings.networkOptions,
    ...(settings.addressPools && { defaultAddressPools: settings.addressPools }),
  });
  let purge = false;
  opened.defer(() => networks.close({ purge }));
  const containers = openContainers({
    database,
    images,
    snapshots,
    networks,
    volumes,
    runtime,
    events,
    logger,
    paths: { containers: paths.containers, bundles: paths.bundles },
    settings: containerSettings(settings),
  });
  opened.defer(() => containers.close());
  await images.recover();
  await containers.recover();
  void volumes.releaseForgotten(); // a plugin may take its time
  const builder = new LazyBuilder({
    database,
    images,
    snapshots,
    content,
    registry,
    runtime,
    networks,
    events,
    logger,
    gc: () => settings.buildGc,
    ...(settings.containerDefaults.cgroupnsMode !== undefined && {
      cgroupnsMode: settings.containerDefaults.cgroupnsMode,
    }),
    paths: { build: paths.build, bundles: paths.bundles },
  });
  opened.defer(() => builder.close());
  await builder.recover();
  await snapshots.recover((key) => containers.find(containerOfSnapshot(key)) !== undefined);

  const facts = engineFacts({ settings: live, paths, runtime, startedAt });
  const engine = {
    facts,
    containers,
    images: builder.guard(images),
    networks,
    volumes,
    events,
    logger,
    builder: () => builder.get(),
    buildKit: lazyBuildKit({
      builder,
      images,
      networks,
      logger,
      database,
      version: facts.version,
      engineId: facts.id,
    }),
    registry: async () => registryProbe(registry),
    layerDirs: layerDirs(snapshots),
    layerSize: layerSize(snapshots),
    snapshotDirs: snapshotDirs(snapshots),
  };
  const sockets = new OpenSockets();
  const servers = await listenAll(addresses, {
    makeServer: (secure) => sockets.of(createApiServer(engine, secure ? tls : undefined)),
    ...(settings.group !== undefined && { group: settings.group }),
  });
  opened.defer(() => closeServers(servers, sockets));
  logger.info('engine ready', {
    hosts: settings.hosts,
    milliseconds: Date.now() - startedAt.getTime(),
    containers: containers.list().length,
  });
  const held = opened.move();
  return {
    hosts: settings.hosts,
    reload: (changed) => {
      live.replace(changed);
      events.publish({
        type: 'daemon',
        action: 'reload',
        actorId: engine.facts.id,
        attributes: { ...live.attributes(), name: engine.facts.name },
      });
    },
    close: async (options = {}) => {
      purge = options.purge ?? false;
      await held.disposeAsync();
    },
  };
}

/** Recovery may wait for events alone (an exit file, a worker), for which a program does not stay by itself. */
function keepAwake(): Disposable {
  const timer = setInterval(() => {}, 60_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Streams that clients follow (`logs -f`, `events`, attached terminals) would never end by themselves. */
async function closeServers(servers: readonly Server[], sockets: OpenSockets): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
  sockets.destroy();
  await Promise.all(closed);
}

function containerSettings(settings: Settings): Partial<ContainerSettings> {
  return {
    dns: settings.dns,
    defaults: settings.containerDefaults,
    ...(settings.log && { log: settings.log }),
    ...(settings.logMaxSize !== undefined && { logMaxSize: settings.logMaxSize }),
    ...(settings.logMaxFile !== undefined && { logMaxFile: settings.logMaxFile }),
    ...(settings.defaultShmSize !== undefined && { defaultShmSize: settings.defaultShmSize }),
  };
}

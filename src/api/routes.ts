import * as auth from './auth.ts';
import * as build from './build.ts';
import * as buildkit from './buildkit.ts';
import * as checkpoints from './checkpoints.ts';
import * as archive from './container-archive.ts';
import { attach, attachWebSocket } from './container-attach.ts';
import { logs } from './container-logs.ts';
import { stats } from './container-stats.ts';
import { wait } from './container-wait.ts';
import * as containers from './containers.ts';
import { diskUsage } from './disk-usage.ts';
import * as distribution from './distribution.ts';
import { streamEvents } from './events.ts';
import * as exec from './exec.ts';
import * as imageArchive from './image-archive.ts';
import { list as listImages } from './image-list.ts';
import { create as pullImage } from './image-pull.ts';
import { push as pushImage } from './image-push.ts';
import { search as searchImages } from './image-search.ts';
import * as images from './images.ts';
import { build as buildForLade } from './lading-build.ts';
import * as builds from './lading-builds.ts';
import * as cacheMounts from './lading-cache-mounts.ts';
import { explain } from './lading-explain.ts';
import { findings } from './lading-findings.ts';
import { listening } from './lading-listening.ts';
import * as networks from './networks.ts';
import { empty, type Handler } from './call.ts';
import type { Method, Route } from './router.ts';
import * as swarm from './swarm.ts';
import * as system from './system.ts';
import * as volumes from './volumes.ts';

const route = (method: Method, pattern: string, handler: Handler, since = 0, until = Infinity): Route => ({
  method,
  pattern,
  handler,
  since,
  until,
});

/** Every call of the Engine API (v1.24 to v1.51) in one table; the first that fits wins. */
export const routes: readonly Route[] = [
  route('OPTIONS', '/{path...}', () => empty(200)),
  route('GET', '/_ping', system.ping),
  route('HEAD', '/_ping', system.ping),
  route('GET', '/version', system.version),
  route('GET', '/info', system.info),
  route('GET', '/events', streamEvents),
  route('GET', '/system/df', diskUsage, 25),
  route('POST', '/auth', auth.login),

  route('POST', '/containers/create', containers.create),
  route('GET', '/containers/json', containers.list),
  route('POST', '/containers/prune', containers.prune, 25),
  route('GET', '/containers/{id...}/json', containers.inspect),
  route('POST', '/containers/{id...}/start', containers.start),
  route('POST', '/containers/{id...}/stop', containers.stop),
  route('POST', '/containers/{id...}/restart', containers.restart),
  route('POST', '/containers/{id...}/kill', containers.kill),
  route('POST', '/containers/{id...}/pause', containers.pause),
  route('POST', '/containers/{id...}/unpause', containers.unpause),
  route('POST', '/containers/{id...}/wait', wait),
  route('POST', '/containers/{id...}/rename', containers.rename),
  route('POST', '/containers/{id...}/update', containers.update),
  route('POST', '/containers/{id...}/resize', containers.resize),
  route('POST', '/containers/{id...}/attach', attach),
  route('GET', '/containers/{id...}/attach/ws', attachWebSocket),
  route('GET', '/containers/{id...}/checkpoints', checkpoints.list, 25),
  route('POST', '/containers/{id...}/checkpoints', checkpoints.create, 25),
  route('DELETE', '/containers/{id...}/checkpoints/{checkpoint}', checkpoints.remove, 25),
  route('GET', '/containers/{id...}/logs', logs),
  route('GET', '/containers/{id...}/top', containers.top),
  route('GET', '/containers/{id...}/stats', stats),
  route('GET', '/containers/{id...}/changes', containers.changes),
  route('GET', '/containers/{id...}/export', containers.exportRootfs),
  route('HEAD', '/containers/{id...}/archive', archive.stat),
  route('GET', '/containers/{id...}/archive', archive.read),
  route('PUT', '/containers/{id...}/archive', archive.write),
  route('DELETE', '/containers/{id...}', containers.remove),
  route('POST', '/commit', containers.commit),

  route('POST', '/containers/{id...}/exec', exec.create),
  route('POST', '/exec/{id}/start', exec.start),
  route('POST', '/exec/{id}/resize', exec.resize),
  route('GET', '/exec/{id}/json', exec.inspect),

  route('GET', '/images/json', listImages),
  route('POST', '/images/create', pullImage),
  route('POST', '/images/load', imageArchive.load),
  route('GET', '/images/get', imageArchive.saveMany),
  route('GET', '/images/search', searchImages),
  route('POST', '/images/prune', images.prune, 25),
  route('GET', '/images/{name...}/get', imageArchive.saveOne),
  route('GET', '/images/{name...}/history', images.history),
  route('GET', '/images/{name...}/attestations', images.attestations, 55),
  route('GET', '/images/{name...}/json', images.inspect),
  route('POST', '/images/{name...}/push', pushImage),
  route('POST', '/images/{name...}/tag', images.tag),
  route('DELETE', '/images/{name...}', images.remove),
  route('GET', '/distribution/{name...}/json', distribution.inspect, 30),

  route('POST', '/build', build.build),
  route('POST', '/build/prune', build.prune, 31),
  route('POST', '/build/cancel', build.cancel, 31),
  route('POST', '/lading/build', buildForLade),
  route('GET', '/lading/builds', builds.list),
  route('GET', '/lading/builds/{id...}', builds.inspect),
  route('DELETE', '/lading/builds/{id...}', builds.remove),
  route('POST', '/lading/builds/{id...}/failure', builds.openFailure),
  route('GET', '/lading/cache-mounts', cacheMounts.list),
  route('GET', '/lading/cache-mounts/{id...}/archive', cacheMounts.read),
  route('PUT', '/lading/cache-mounts/{id...}/archive', cacheMounts.write),
  route('DELETE', '/lading/cache-mounts/{id...}', cacheMounts.remove),
  route('GET', '/lading/images/{name...}/explain', explain),
  route('GET', '/lading/containers/{id...}/listening', listening),
  route('GET', '/lading/containers/{id...}/findings', findings),
  route('POST', '/session', buildkit.session),
  route('POST', '/grpc', buildkit.grpc),

  route('GET', '/networks', networks.list),
  route('POST', '/networks/create', networks.create),
  route('POST', '/networks/prune', networks.prune, 25),
  route('GET', '/networks/', networks.list),
  route('GET', '/networks/{id}', networks.inspect),
  route('DELETE', '/networks/{id}', networks.remove),
  route('POST', '/networks/{id}/connect', networks.connect),
  route('POST', '/networks/{id}/disconnect', networks.disconnect),

  route('GET', '/volumes', volumes.list),
  route('POST', '/volumes/create', volumes.create),
  route('POST', '/volumes/prune', volumes.prune, 25),
  route('GET', '/volumes/{name}', volumes.inspect),
  route('PUT', '/volumes/{name}', swarm.noClusterVolumes, 42),
  route('DELETE', '/volumes/{name}', volumes.remove),

  route('GET', '/plugins', swarm.noPlugins),
  route('GET', '/plugins/{name...}', swarm.noSuchPlugin),
  route('POST', '/plugins/{name...}', swarm.pluginsUnsupported),
  route('DELETE', '/plugins/{name...}', swarm.pluginsUnsupported),

  route('POST', '/swarm/init', swarm.noSwarm),
  route('POST', '/swarm/join', swarm.noSwarm),
  route('POST', '/swarm/leave', swarm.notInSwarm),
  ...['swarm', 'nodes', 'services', 'tasks', 'secrets', 'configs'].flatMap((resource) =>
    (['GET', 'POST', 'DELETE'] as const).flatMap((method) => [
      route(method, `/${resource}`, swarm.notManager),
      route(method, `/${resource}/{path...}`, swarm.notManager),
    ]),
  ),
];

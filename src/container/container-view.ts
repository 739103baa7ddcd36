import type { ContainerRecord } from './container-record.ts';
import { type Context, pathsOf } from './context.ts';
import { parseNetworkMode } from './network-mode.ts';
import type { Container } from './types.ts';

/** A container as others see it. Its parts are never changed in place, so they can be shared. */
export function toContainer(context: Context, record: ContainerRecord): Container {
  return {
    id: record.id,
    name: record.name,
    createdAt: record.createdAt,
    spec: record.spec,
    state: record.state,
    // `--tmpfs` is told by the spec alone, as Docker does
    mounts: record.mounts.filter(({ request }) => request.origin !== 'tmpfs').map(({ point }) => point),
    restartCount: record.restartCount,
    manuallyStopped: record.manuallyStopped,
    hasBeenStarted: record.hasBeenStarted,
    execIds: record.run ? context.execs.idsOf(record.id) : [],
    paths: viewPaths(context, record),
    endpoints: record.endpoints,
    ports: record.ports,
  };
}

/** Who shares a network also shares the files that come from it. */
function viewPaths(context: Context, record: ContainerRecord): Container['paths'] {
  const mode = parseNetworkMode(record.spec.networkMode);
  const owner = (mode.kind === 'container' && context.store.find(mode.container)) || record;
  const { resolvConf, hostname, hosts } = pathsOf(context, owner);
  const { log, jsonLog } = pathsOf(context, record);
  return { log: record.spec.log.driver === 'json-file' ? jsonLog : log, resolvConf, hostname, hosts };
}

import { clean, durationText, modeText, sizeText } from './document-values.ts';
import type { Build, FileReference, Healthcheck, Service, ServiceNetwork, ServiceVolume } from './types.ts';

/*
 * The parts of a service that are documents of their own.
 */

export const buildDocument = (build: Build): object => ({
  context: build.context,
  dockerfile: build.dockerfileInline === undefined ? (build.dockerfile ?? 'Dockerfile') : undefined,
  dockerfile_inline: build.dockerfileInline,
  args: build.args,
  target: build.target,
  labels: build.labels,
  network: build.network,
  no_cache: build.noCache || undefined,
  pull: build.pull || undefined,
  shm_size: sizeText(build.shmSize),
  extra_hosts: build.extraHosts,
  cache_from: build.cacheFrom,
  tags: build.tags,
  platforms: build.platforms,
});

export const healthcheckDocument = (check: Healthcheck): object => ({
  test: check.test,
  interval: durationText(check.interval),
  timeout: durationText(check.timeout),
  start_period: durationText(check.startPeriod),
  start_interval: durationText(check.startInterval),
  retries: check.retries,
  disable: check.disable || undefined,
});

/** The networks of a service; the default one where it names none. */
export function networksDocument({ networkMode, networks }: Service): object | undefined {
  if (networkMode !== undefined) return undefined;
  if (networks.size === 0) return { default: null };
  return Object.fromEntries(
    [...networks].map(([name, network]) => [name, clean(networkDocument(network)) ?? null]),
  );
}

const networkDocument = ({
  aliases,
  ipv4,
  ipv6,
  mac,
  priority,
  gatewayPriority,
}: ServiceNetwork): object => ({
  aliases,
  ipv4_address: ipv4,
  ipv6_address: ipv6,
  mac_address: mac,
  priority: priority || undefined,
  gw_priority: gatewayPriority,
});

/** A config or secret as a service uses it. */
export const fileDocument = ({ source, target, uid, gid, mode }: FileReference): object => ({
  source,
  target,
  uid,
  gid,
  mode: modeText(mode),
});

export const volumeDocument = ({
  type,
  source,
  target,
  readOnly,
  createHostPath,
  propagation,
  noCopy,
  subpath,
  tmpfsSize,
  tmpfsMode,
}: ServiceVolume): object => ({
  type,
  source,
  target,
  read_only: readOnly || undefined,
  bind: type === 'bind' ? { create_host_path: createHostPath || undefined, propagation } : undefined,
  volume: type === 'volume' ? { nocopy: noCopy || undefined, subpath } : undefined,
  tmpfs: type === 'tmpfs' ? { size: sizeText(tmpfsSize), mode: tmpfsMode } : undefined,
});

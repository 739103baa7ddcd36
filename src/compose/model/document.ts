import type { Project, Service, ServiceVolume } from './types.ts';

/** A project as the document that `config` prints: the Compose Specification's own keys, canonical values. */
export function projectDocument(project: Project, services: readonly string[] = []): object {
  const chosen = [...project.services.values()]
    .filter(({ name }) => services.length === 0 || services.includes(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return clean({
    name: project.name,
    services: Object.fromEntries(chosen.map((service) => [service.name, serviceDocument(service)])),
    networks: Object.fromEntries(
      [...project.networks.values()].map((network) => [
        network.key,
        {
          name: network.name,
          external: network.external || undefined,
          driver: network.driver,
          driver_opts: network.driverOptions,
          ipam: {
            driver: network.ipam.driver,
            config: network.ipam.config.map(({ subnet, ipRange, gateway }) => ({
              subnet,
              ip_range: ipRange,
              gateway,
            })),
            options: network.ipam.options,
          },
          internal: network.internal || undefined,
          attachable: network.attachable || undefined,
          enable_ipv6: network.enableIpv6,
          labels: network.labels,
        },
      ]),
    ),
    volumes: Object.fromEntries(
      [...project.volumes.values()].map(({ key, name, external, driver, driverOptions, labels }) => [
        key,
        { name, external: external || undefined, driver, driver_opts: driverOptions, labels },
      ]),
    ),
    configs: files(project.configs),
    secrets: files(project.secrets),
  }) as object;
}

const files = (all: Project['configs']): object =>
  Object.fromEntries(
    [...all.values()].map(({ key, name, external, file, content, environment }) => [
      key,
      { name, external: external || undefined, file, content, environment },
    ]),
  );

function serviceDocument(service: Service): object {
  const { build } = service;
  return {
    annotations: service.annotations,
    build: build && {
      context: build.context,
      dockerfile: build.dockerfileInline === undefined ? (build.dockerfile ?? 'Dockerfile') : undefined,
      dockerfile_inline: build.dockerfileInline,
      args: build.args,
      target: build.target,
      labels: build.labels,
      network: build.network,
      no_cache: build.noCache || undefined,
      pull: build.pull || undefined,
      extra_hosts: build.extraHosts,
      cache_from: build.cacheFrom,
      tags: build.tags,
      platforms: build.platforms,
    },
    cap_add: service.capAdd,
    cap_drop: service.capDrop,
    cgroup: service.cgroup,
    cgroup_parent: service.cgroupParent,
    command: service.command ?? null,
    configs: service.configs.map(({ source, target, uid, gid }) => ({ source, target, uid, gid })),
    container_name: service.containerName,
    cpus: service.cpus,
    cpuset: service.cpuset,
    depends_on: Object.fromEntries(
      [...service.dependsOn].map(([name, { condition, restart, required }]) => [
        name,
        { condition, restart: restart || undefined, required },
      ]),
    ),
    deploy: service.replicas === 1 ? undefined : { replicas: service.replicas },
    devices: service.devices,
    dns: service.dns,
    dns_opt: service.dnsOptions,
    dns_search: service.dnsSearch,
    domainname: service.domainname,
    entrypoint: service.entrypoint ?? null,
    environment: service.environment,
    expose: service.expose,
    extra_hosts: service.extraHosts,
    group_add: service.groupAdd,
    healthcheck: service.healthcheck && {
      test: service.healthcheck.test,
      interval: span(service.healthcheck.interval),
      timeout: span(service.healthcheck.timeout),
      start_period: span(service.healthcheck.startPeriod),
      start_interval: span(service.healthcheck.startInterval),
      retries: service.healthcheck.retries,
      disable: service.healthcheck.disable || undefined,
    },
    hostname: service.hostname,
    image: service.image,
    init: service.init,
    ipc: service.ipc,
    labels: service.labels,
    links: service.links,
    logging: service.logging,
    mac_address: service.macAddress,
    mem_limit: text(service.memoryLimit),
    mem_reservation: text(service.memoryReservation),
    memswap_limit: text(service.memorySwap),
    network_mode: service.networkMode,
    networks:
      service.networkMode !== undefined
        ? undefined
        : service.networks.size === 0
          ? { default: null }
          : Object.fromEntries(
              [...service.networks].map(([name, { aliases, ipv4, ipv6, mac, priority }]) => {
                const settings = clean({
                  aliases,
                  ipv4_address: ipv4,
                  ipv6_address: ipv6,
                  mac_address: mac,
                  priority: priority || undefined,
                });
                return [name, settings ?? null];
              }),
            ),
    oom_score_adj: service.oomScoreAdj,
    pid: service.pid,
    pids_limit: service.pidsLimit,
    platform: service.platform,
    ports: service.ports.map(({ target, published, hostIp, protocol }) => ({
      mode: 'ingress',
      host_ip: hostIp,
      target,
      published,
      protocol,
    })),
    privileged: service.privileged || undefined,
    profiles: service.profiles,
    pull_policy: service.pullPolicy,
    read_only: service.readOnly || undefined,
    restart: service.restart,
    runtime: service.runtime,
    secrets: service.secrets.map(({ source, target, uid, gid }) => ({ source, target, uid, gid })),
    security_opt: service.securityOpt,
    shm_size: text(service.shmSize),
    stdin_open: service.stdinOpen || undefined,
    stop_grace_period: span(service.stopGracePeriod),
    stop_signal: service.stopSignal,
    sysctls: service.sysctls,
    tmpfs: service.tmpfs,
    tty: service.tty || undefined,
    ulimits: Object.fromEntries(
      Object.entries(service.ulimits).map(([name, { soft, hard }]) => [
        name,
        soft === hard ? soft : { soft, hard },
      ]),
    ),
    user: service.user,
    userns_mode: service.usernsMode,
    uts: service.uts,
    volumes: service.volumes.map(volumeDocument),
    volumes_from: service.volumesFrom,
    working_dir: service.workingDir,
  };
}

const volumeDocument = ({
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
  tmpfs: type === 'tmpfs' ? { size: text(tmpfsSize), mode: tmpfsMode } : undefined,
});

const text = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

/** `1m30s` of nanoseconds, as Go prints durations. */
function span(nanoseconds: number | undefined): string | undefined {
  if (nanoseconds === undefined) return undefined;
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const seconds = nanoseconds / 1e9;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(9))}s`;
  return hours > 0 ? `${hours}h${minutes}m${rest}` : minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** Without members that are undefined or empty; null is kept where it was written. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.map((item) => clean(item) ?? {}) : undefined;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, clean(item)] as const)
    .filter(([, item]) => item !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

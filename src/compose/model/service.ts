import type { Environment } from '../load/interpolate.ts';
import { at, entriesOf, type MapTree, type Tree } from '../load/tree.ts';
import { readBuild } from './read-build.ts';
import { readDependencies, readNetworks } from './read-dependencies.ts';
import { deployRestart, readDeploy, readDeviceRequest } from './read-deploy.ts';
import { readBlockIo, readCredentialSpec, readProvider, readServiceModels } from './read-devices.ts';
import { readLabelFiles, readUnset, readValues } from './read-environment.ts';
import { readHealthcheck } from './read-healthcheck.ts';
import { readHooks, readStartHooks, readWatch } from './read-lifecycle.ts';
import { deviceText, readFileReference, readPort, readVolume } from './read-mounts.ts';
import {
  boolAt,
  bytesAt,
  commandAt,
  defined,
  durationAt,
  itemsAt,
  numberAt,
  textAt,
  textDictAt,
  textsAt,
} from './read.ts';
import type { Service } from './types.ts';

/**
 * Reads a service out of its merged tree in long form, without its env files. `environment` gives values to variables that have none.
 */
export function readService(name: string, tree: MapTree, environment: Environment): Service {
  const deploy = readDeploy(at(tree, 'deploy'));
  const build = at(tree, 'build');
  return defined<Service>({
    name,
    place: tree.place,
    image: textAt(tree, 'image'),
    build: build ? readBuild(build, environment) : undefined,
    containerName: textAt(tree, 'container_name'),
    command: commandAt(tree, 'command'),
    entrypoint: commandAt(tree, 'entrypoint'),
    environment: readValues(tree, environment),
    unsetVariables: readUnset(tree, environment),
    ports: itemsAt(tree, 'ports').map(readPort),
    expose: textsAt(tree, 'expose'),
    volumes: itemsAt(tree, 'volumes').map(readVolume),
    volumesFrom: textsAt(tree, 'volumes_from'),
    tmpfs: textsAt(tree, 'tmpfs'),
    networks: readNetworks(tree),
    networkMode: textAt(tree, 'network_mode'),
    links: textsAt(tree, 'links'),
    externalLinks: textsAt(tree, 'external_links'),
    dependsOn: readDependencies(tree),
    healthcheck: readHealthcheck(at(tree, 'healthcheck')),
    labels: { ...readLabelFiles(tree), ...textDictAt(tree, 'labels') },
    annotations: textDictAt(tree, 'annotations'),
    profiles: textsAt(tree, 'profiles'),
    configs: itemsAt(tree, 'configs').map(readFileReference),
    secrets: itemsAt(tree, 'secrets').map(readFileReference),
    deploy,
    watch: readWatch(tree, environment),
    preStart: readStartHooks(tree, environment),
    postStart: readHooks(tree, 'post_start', environment),
    preStop: readHooks(tree, 'pre_stop', environment),
    provider: readProvider(at(tree, 'provider')),
    models: readServiceModels(tree),
    gpus: itemsAt(tree, 'gpus').map(readDeviceRequest),
    blockIo: readBlockIo(at(tree, 'blkio_config')),
    credentialSpec: readCredentialSpec(at(tree, 'credential_spec')),
    isolation: textAt(tree, 'isolation'),
    useApiSocket: boolAt(tree, 'use_api_socket') ?? false,
    replicas: numberAt(tree, 'scale') ?? deploy?.replicas ?? 1,
    restart: textAt(tree, 'restart') ?? deployRestart(deploy?.restartPolicy),
    pullPolicy: textAt(tree, 'pull_policy'),
    platform: textAt(tree, 'platform'),
    workingDir: textAt(tree, 'working_dir'),
    user: textAt(tree, 'user'),
    hostname: textAt(tree, 'hostname'),
    domainname: textAt(tree, 'domainname'),
    macAddress: textAt(tree, 'mac_address'),
    tty: boolAt(tree, 'tty') ?? false,
    stdinOpen: boolAt(tree, 'stdin_open') ?? false,
    init: boolAt(tree, 'init'),
    privileged: boolAt(tree, 'privileged') ?? false,
    readOnly: boolAt(tree, 'read_only') ?? false,
    attach: boolAt(tree, 'attach') ?? true,
    stopSignal: textAt(tree, 'stop_signal'),
    stopGracePeriod: durationAt(tree, 'stop_grace_period'),
    dns: textsAt(tree, 'dns'),
    dnsSearch: textsAt(tree, 'dns_search'),
    dnsOptions: textsAt(tree, 'dns_opt'),
    extraHosts: textsAt(tree, 'extra_hosts').map((entry) => entry.replace('=', ':')),
    capAdd: textsAt(tree, 'cap_add'),
    capDrop: textsAt(tree, 'cap_drop'),
    groupAdd: textsAt(tree, 'group_add'),
    securityOpt: textsAt(tree, 'security_opt'),
    devices: itemsAt(tree, 'devices').map(deviceText),
    deviceCgroupRules: textsAt(tree, 'device_cgroup_rules'),
    sysctls: textDictAt(tree, 'sysctls'),
    ulimits: Object.fromEntries(
      entriesOf(at(tree, 'ulimits')).map(([key, { value }]) => [
        key,
        value.kind === 'map'
          ? { soft: numberAt(value, 'soft') ?? 0, hard: numberAt(value, 'hard') ?? 0 }
          : { soft: scalarNumber(value), hard: scalarNumber(value) },
      ]),
    ),
    logging: readLogging(at(tree, 'logging')),
    ipc: textAt(tree, 'ipc'),
    pid: textAt(tree, 'pid'),
    uts: textAt(tree, 'uts'),
    usernsMode: textAt(tree, 'userns_mode'),
    cgroup: textAt(tree, 'cgroup'),
    cgroupParent: textAt(tree, 'cgroup_parent'),
    runtime: textAt(tree, 'runtime'),
    shmSize: bytesAt(tree, 'shm_size'),
    oomScoreAdj: numberAt(tree, 'oom_score_adj'),
    oomKillDisable: boolAt(tree, 'oom_kill_disable') ?? false,
    memoryLimit: bytesAt(tree, 'mem_limit') ?? deploy?.limits.memory,
    memoryReservation: bytesAt(tree, 'mem_reservation') ?? deploy?.reservations.memory,
    memorySwap: bytesAt(tree, 'memswap_limit'),
    memorySwappiness: numberAt(tree, 'mem_swappiness'),
    cpus: numberAt(tree, 'cpus') ?? deploy?.limits.cpus,
    cpuShares: numberAt(tree, 'cpu_shares'),
    cpuQuota: numberAt(tree, 'cpu_quota'),
    cpuPeriod: numberAt(tree, 'cpu_period'),
    cpuRealtimePeriod: microsecondsAt(tree, 'cpu_rt_period'),
    cpuRealtimeRuntime: microsecondsAt(tree, 'cpu_rt_runtime'),
    cpuCount: numberAt(tree, 'cpu_count'),
    cpuPercent: numberAt(tree, 'cpu_percent'),
    cpuset: textAt(tree, 'cpuset'),
    pidsLimit: numberAt(tree, 'pids_limit') ?? deploy?.limits.pids,
    storageOpt: textDictAt(tree, 'storage_opt'),
  });
}

/** One number is both limits. */
const scalarNumber = (value: Tree): number => (value.kind === 'scalar' ? Number(value.value) : 0);

/** A number of microseconds, or a duration. */
function microsecondsAt(tree: Tree, key: string): number | undefined {
  const text = textAt(tree, key);
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : (durationAt(tree, key) ?? 0) / 1000;
}

const readLogging = (tree: Tree | undefined): Service['logging'] =>
  tree
    ? defined<NonNullable<Service['logging']>>({
        driver: textAt(tree, 'driver'),
        options: textDictAt(tree, 'options'),
      })
    : undefined;

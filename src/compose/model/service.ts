import { readFileSync } from '../../lib/fs.ts';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { problemAt } from '../load/compose-error.ts';
import { parseDotenv } from '../load/dotenv.ts';
import type { Environment } from '../load/interpolate.ts';
import { at, entriesOf, type MapTree, type Tree } from '../load/tree.ts';
import {
  boolAt,
  bytesAt,
  defined,
  dictAt,
  durationAt,
  itemsAt,
  numberAt,
  textAt,
  textDictAt,
  textsAt,
} from './read.ts';
import type {
  Build,
  Dependency,
  DependencyCondition,
  FileReference,
  Healthcheck,
  Service,
  ServiceNetwork,
  ServicePort,
  ServiceVolume,
} from './types.ts';
import { splitWords } from './words.ts';

const conditions: readonly string[] = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
];

/** Reads a service out of its merged tree in long form. `environment` gives values to variables that have none. */
export function readService(name: string, tree: MapTree, environment: Environment): Service {
  const deploy = at(tree, 'deploy');
  const limits = at(deploy, 'resources', 'limits');
  const build = at(tree, 'build');
  return defined<Service>({
    name,
    place: tree.place,
    image: textAt(tree, 'image'),
    build: build ? readBuild(build, environment) : undefined,
    containerName: textAt(tree, 'container_name'),
    command: commandAt(tree, 'command'),
    entrypoint: commandAt(tree, 'entrypoint'),
    environment: readEnvironment(tree, environment),
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
    replicas: numberAt(tree, 'scale') ?? numberAt(deploy, 'replicas') ?? 1,
    restart: textAt(tree, 'restart') ?? deployRestart(deploy),
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
        { soft: numberAt(value, 'soft') ?? 0, hard: numberAt(value, 'hard') ?? 0 },
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
    memoryLimit: bytesAt(tree, 'mem_limit') ?? bytesAt(limits, 'memory'),
    memoryReservation:
      bytesAt(tree, 'mem_reservation') ?? bytesAt(at(deploy, 'resources', 'reservations'), 'memory'),
    memorySwap: bytesAt(tree, 'memswap_limit'),
    memorySwappiness: numberAt(tree, 'mem_swappiness'),
    cpus: numberAt(tree, 'cpus') ?? numberAt(limits, 'cpus'),
    cpuShares: numberAt(tree, 'cpu_shares'),
    cpuQuota: numberAt(tree, 'cpu_quota'),
    cpuPeriod: numberAt(tree, 'cpu_period'),
    cpuset: textAt(tree, 'cpuset'),
    pidsLimit: numberAt(tree, 'pids_limit') ?? numberAt(limits, 'pids'),
    storageOpt: textDictAt(tree, 'storage_opt'),
  });
}

function commandAt(tree: Tree, key: string): readonly string[] | undefined {
  const value = at(tree, key);
  if (value?.kind === 'list') return textsAt(tree, key);
  if (value?.kind !== 'scalar' || value.value === null) return undefined;
  try {
    return splitWords(String(value.value));
  } catch (error) {
    throw problemAt(value.place, messageOf(error));
  }
}

function readBuild(tree: Tree, environment: Environment): Build {
  const args = Object.entries(dictAt(tree, 'args')).map(([name, value]) => [
    name,
    value ?? environment[name] ?? null,
  ]);
  return defined<Build>({
    context: textAt(tree, 'context') ?? '.',
    dockerfile: textAt(tree, 'dockerfile'),
    dockerfileInline: textAt(tree, 'dockerfile_inline'),
    args: Object.fromEntries(args) as Record<string, string | null>,
    target: textAt(tree, 'target'),
    labels: textDictAt(tree, 'labels'),
    network: textAt(tree, 'network'),
    noCache: boolAt(tree, 'no_cache') ?? false,
    pull: boolAt(tree, 'pull') ?? false,
    shmSize: bytesAt(tree, 'shm_size'),
    extraHosts: textsAt(tree, 'extra_hosts').map((entry) => entry.replace('=', ':')),
    cacheFrom: textsAt(tree, 'cache_from'),
    tags: textsAt(tree, 'tags'),
    platforms: textsAt(tree, 'platforms'),
  });
}

/** Files in their order, then the service's own; what has no value takes that of the shell, or is left out. */
function readEnvironment(tree: MapTree, outer: Environment): Record<string, string> {
  const fromFiles = itemsAt(tree, 'env_file').reduce<Record<string, string>>(
    (values, item) => ({ ...values, ...readEnvFile(item, { ...outer, ...values }) }),
    {},
  );
  const own = Object.entries(dictAt(tree, 'environment')).flatMap(([name, value]) => {
    const resolved = value ?? outer[name];
    return resolved === undefined ? [] : [[name, resolved] as const];
  });
  return { ...fromFiles, ...Object.fromEntries(own) };
}

function readEnvFile(item: Tree, outer: Environment): Record<string, string> {
  const path = textAt(item, 'path') ?? '';
  const text = readText(path, item.place, boolAt(item, 'required') ?? true, 'env file');
  if (text === undefined) return {};
  return textAt(item, 'format') === 'raw' ? rawEnv(text) : parseDotenv(path, text, outer);
}

const rawEnv = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(/\r?\n/)
      .filter((line) => /^[^#=\s][^=]*=/.test(line))
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );

function readLabelFiles(tree: MapTree): Record<string, string> {
  return itemsAt(tree, 'label_file').reduce<Record<string, string>>((labels, item) => {
    const path = item.kind === 'scalar' ? String(item.value) : '';
    return { ...labels, ...parseDotenv(path, readText(path, item.place, true, 'label file') ?? '') };
  }, {});
}

function readText(path: string, place: Tree['place'], required: boolean, what: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') && !required) return undefined;
    throw problemAt(
      place,
      `${what} ${path} ${hasCode(error, 'ENOENT') ? 'not found' : `can not be read: ${messageOf(error)}`}`,
    );
  }
}

export function readPort(tree: Tree): ServicePort {
  return defined<ServicePort>({
    target: numberAt(tree, 'target') ?? 0,
    published: textAt(tree, 'published'),
    hostIp: textAt(tree, 'host_ip'),
    protocol: textAt(tree, 'protocol') ?? 'tcp',
  });
}

export function readVolume(tree: Tree): ServiceVolume {
  const target = textAt(tree, 'target');
  if (target === undefined) throw problemAt(tree.place, "a volume needs a 'target'");
  const bind = at(tree, 'bind');
  return defined<ServiceVolume>({
    type: textAt(tree, 'type') ?? 'volume',
    source: textAt(tree, 'source'),
    target,
    readOnly: boolAt(tree, 'read_only') ?? false,
    createHostPath: boolAt(bind, 'create_host_path') ?? true,
    propagation: textAt(bind, 'propagation'),
    noCopy: boolAt(at(tree, 'volume'), 'nocopy') ?? false,
    subpath: textAt(at(tree, 'volume'), 'subpath'),
    tmpfsSize: bytesAt(at(tree, 'tmpfs'), 'size'),
    tmpfsMode: octalAt(at(tree, 'tmpfs'), 'mode'),
    place: tree.place,
  });
}

function readNetworks(tree: MapTree): Map<string, ServiceNetwork> {
  return new Map(
    entriesOf(at(tree, 'networks')).map(([key, { keyPlace, value }]) => [
      key,
      defined<ServiceNetwork>({
        aliases: textsAt(value, 'aliases'),
        ipv4: textAt(value, 'ipv4_address'),
        ipv6: textAt(value, 'ipv6_address'),
        mac: textAt(value, 'mac_address'),
        priority: numberAt(value, 'priority') ?? 0,
        gatewayPriority: numberAt(value, 'gw_priority'),
        place: keyPlace,
      }),
    ]),
  );
}

function readDependencies(tree: MapTree): Map<string, Dependency> {
  return new Map(
    entriesOf(at(tree, 'depends_on')).map(([key, { keyPlace, value }]) => {
      const condition = textAt(value, 'condition') ?? 'service_started';
      if (!conditions.includes(condition))
        throw problemAt(
          at(value, 'condition')?.place ?? keyPlace,
          `condition must be one of ${conditions.join(', ')}`,
        );
      return [
        key,
        {
          condition: condition as DependencyCondition,
          restart: boolAt(value, 'restart') ?? false,
          required: boolAt(value, 'required') ?? true,
          place: keyPlace,
        },
      ];
    }),
  );
}

function readHealthcheck(tree: Tree | undefined): Healthcheck | undefined {
  if (!tree) return undefined;
  const test = at(tree, 'test');
  const line = test?.kind === 'scalar' ? String(test.value ?? '') : undefined;
  return defined<Healthcheck>({
    test: line !== undefined ? ['CMD-SHELL', line] : test ? textsAt(tree, 'test') : undefined,
    interval: durationAt(tree, 'interval'),
    timeout: durationAt(tree, 'timeout'),
    startPeriod: durationAt(tree, 'start_period'),
    startInterval: durationAt(tree, 'start_interval'),
    retries: numberAt(tree, 'retries'),
    disable: boolAt(tree, 'disable') ?? false,
  });
}

function readFileReference(tree: Tree): FileReference {
  return defined<FileReference>({
    source: textAt(tree, 'source') ?? '',
    target: textAt(tree, 'target'),
    uid: textAt(tree, 'uid'),
    gid: textAt(tree, 'gid'),
    mode: octalAt(tree, 'mode'),
    place: tree.place,
  });
}

/** YAML 1.2 reads 0440 as 440; file modes are octal as written. */
function octalAt(tree: Tree | undefined, key: string): number | undefined {
  const text = textAt(tree, key);
  return text === undefined ? undefined : Number.parseInt(text.replace(/^0o/, ''), 8);
}

const readLogging = (tree: Tree | undefined): Service['logging'] =>
  tree
    ? defined<NonNullable<Service['logging']>>({
        driver: textAt(tree, 'driver'),
        options: textDictAt(tree, 'options'),
      })
    : undefined;

function deviceText(item: Tree): string {
  if (item.kind === 'scalar') return String(item.value);
  const source = textAt(item, 'source') ?? '';
  return `${source}:${textAt(item, 'target') ?? source}:${textAt(item, 'permissions') ?? 'rwm'}`;
}

function deployRestart(deploy: Tree | undefined): string | undefined {
  const policy = at(deploy, 'restart_policy');
  if (!policy) return undefined;
  const attempts = numberAt(policy, 'max_attempts');
  switch (textAt(policy, 'condition') ?? 'any') {
    case 'none':
      return 'no';
    case 'on-failure':
      return attempts === undefined ? 'on-failure' : `on-failure:${attempts}`;
    default:
      return 'always';
  }
}

import type {
  CreateContainerBody,
  HealthConfig,
  HostConfig,
  Mount,
  PortMap,
  Ulimit,
} from '../../wire/container.ts';
import type { EndpointSettings } from '../../wire/network.ts';
import { defined } from '../model/read.ts';
import type { Healthcheck, Project, Service, ServiceNetwork, ServiceVolume } from '../model/types.ts';
import { serviceHash } from './config-hash.ts';
import { fileMounts } from './file-mounts.ts';
import { COMPOSE_VERSION, label } from './labels.ts';
import { imageName } from './names.ts';

export interface InstanceOptions {
  readonly number: number;
  readonly oneOff: boolean;
  /** Id of the image as it is now. */
  readonly imageId: string;
  /** Containers of other services, for `network_mode: service:x` and the like. */
  readonly containerOf: (service: string) => string;
  /** Anonymous volumes of the container that this one replaces: path in the container → volume. */
  readonly inherited?: ReadonlyMap<string, string>;
  readonly replaces?: string;
}

/** What the engine is asked to create for one container of a service. */
export function createBody(
  project: Project,
  service: Service,
  options: InstanceOptions,
): CreateContainerBody {
  return defined<CreateContainerBody>({
    Hostname: service.hostname,
    Domainname: service.domainname,
    User: service.user,
    Tty: service.tty,
    OpenStdin: service.stdinOpen,
    AttachStdout: true,
    AttachStderr: true,
    Env: Object.entries(service.environment).map(([name, value]) => `${name}=${value}`),
    Cmd: service.command && [...service.command],
    Entrypoint: service.entrypoint && (service.entrypoint.length === 0 ? [''] : [...service.entrypoint]),
    Image: imageName(project, service),
    WorkingDir: service.workingDir,
    Labels: labelsOf(project, service, options),
    ExposedPorts: Object.fromEntries(
      [
        ...service.expose.map(withProtocol),
        ...service.ports.map(({ target, protocol }) => `${target}/${protocol}`),
      ].map((port) => [port, {}]),
    ),
    Healthcheck: service.healthcheck && healthConfig(service.healthcheck),
    StopSignal: service.stopSignal,
    StopTimeout: service.stopGracePeriod === undefined ? undefined : Math.ceil(service.stopGracePeriod / 1e9),
    HostConfig: hostConfig(project, service, options),
    NetworkingConfig: { EndpointsConfig: endpoints(project, service, options) },
  });
}

const withProtocol = (port: string): string => (port.includes('/') ? port : `${port}/tcp`);

function labelsOf(
  project: Project,
  service: Service,
  { number, oneOff, imageId, replaces }: InstanceOptions,
): Record<string, string> {
  return {
    ...service.labels,
    [label.project]: project.name,
    [label.service]: service.name,
    [label.oneOff]: oneOff ? 'True' : 'False',
    [label.configHash]: serviceHash(project, service),
    [label.configFiles]: project.files.join(','),
    [label.workingDir]: project.workingDir,
    [label.image]: imageId,
    [label.version]: COMPOSE_VERSION,
    [label.dependsOn]: [...service.dependsOn]
      .map(([name, { condition, restart }]) => `${name}:${condition}:${restart}`)
      .join(','),
    ...(!oneOff && { [label.number]: String(number) }),
    ...(replaces !== undefined && { [label.replace]: replaces }),
  };
}

function healthConfig(check: Healthcheck): HealthConfig {
  if (check.disable) return { Test: ['NONE'] };
  return defined<HealthConfig>({
    Test: check.test && [...check.test],
    Interval: check.interval,
    Timeout: check.timeout,
    StartPeriod: check.startPeriod,
    StartInterval: check.startInterval,
    Retries: check.retries,
  });
}

function hostConfig(project: Project, service: Service, options: InstanceOptions): HostConfig {
  return defined<HostConfig>({
    Binds: [
      ...service.volumes.filter(isPlainBind).map(bindText),
      ...inheritedBinds(service, options.inherited),
    ],
    Mounts: [
      ...service.volumes.filter((volume) => !isPlainBind(volume)).map((volume) => mountOf(project, volume)),
      ...fileMounts(project, service),
    ],
    Tmpfs: Object.fromEntries(
      service.tmpfs
        .map((spec) => spec.split(/:(.*)/s).slice(0, 2))
        .map(([path = '', opts = '']) => [path, opts]),
    ),
    PortBindings: portBindings(service),
    NetworkMode: networkMode(project, service, options),
    RestartPolicy: restartPolicy(options.oneOff ? 'no' : (service.restart ?? 'no')),
    VolumesFrom: service.volumesFrom.map((from) => volumesFrom(from, options)),
    Links: [],
    LogConfig: service.logging && {
      Type: service.logging.driver ?? '',
      Config: { ...service.logging.options },
    },
    Privileged: service.privileged,
    ReadonlyRootfs: service.readOnly,
    Init: service.init,
    CapAdd: [...service.capAdd],
    CapDrop: [...service.capDrop],
    GroupAdd: [...service.groupAdd],
    SecurityOpt: [...service.securityOpt],
    Dns: [...service.dns],
    DnsSearch: [...service.dnsSearch],
    DnsOptions: [...service.dnsOptions],
    ExtraHosts: [...service.extraHosts],
    Sysctls: { ...service.sysctls },
    Ulimits: Object.entries(service.ulimits).map(([Name, { soft, hard }]): Ulimit => ({
      Name,
      Soft: soft,
      Hard: hard,
    })),
    Devices: service.devices.map(deviceOf),
    DeviceCgroupRules: [...service.deviceCgroupRules],
    IpcMode: namespaceMode(service.ipc, options),
    PidMode: namespaceMode(service.pid, options),
    UTSMode: service.uts,
    UsernsMode: service.usernsMode,
    CgroupnsMode: service.cgroup,
    CgroupParent: service.cgroupParent,
    Runtime: service.runtime,
    ShmSize: service.shmSize,
    OomScoreAdj: service.oomScoreAdj,
    OomKillDisable: service.oomKillDisable || undefined,
    Memory: service.memoryLimit,
    MemoryReservation: service.memoryReservation,
    MemorySwap: service.memorySwap,
    MemorySwappiness: service.memorySwappiness,
    NanoCpus: service.cpus === undefined ? undefined : Math.round(service.cpus * 1e9),
    CpuShares: service.cpuShares,
    CpuQuota: service.cpuQuota,
    CpuPeriod: service.cpuPeriod,
    CpusetCpus: service.cpuset,
    PidsLimit: service.pidsLimit,
    StorageOpt: Object.keys(service.storageOpt).length > 0 ? { ...service.storageOpt } : undefined,
    Annotations: Object.keys(service.annotations).length > 0 ? { ...service.annotations } : undefined,
  });
}

/** Binds whose source may be missing go the way of `-v`, which makes it. */
const isPlainBind = (volume: ServiceVolume): boolean => volume.type === 'bind' && volume.createHostPath;

const bindText = (volume: ServiceVolume): string =>
  `${volume.source}:${volume.target}:${[volume.readOnly ? 'ro' : 'rw', ...(volume.propagation === undefined ? [] : [volume.propagation])].join(',')}`;

function inheritedBinds(service: Service, inherited: ReadonlyMap<string, string> = new Map()): string[] {
  const taken = new Set(service.volumes.map(({ target }) => target));
  return [...inherited].filter(([path]) => !taken.has(path)).map(([path, volume]) => `${volume}:${path}`);
}

function mountOf(project: Project, volume: ServiceVolume): Mount {
  const source =
    volume.type === 'volume' && volume.source !== undefined
      ? (project.volumes.get(volume.source)?.name ?? volume.source)
      : volume.source;
  const declared = volume.source === undefined ? undefined : project.volumes.get(volume.source);
  return defined<Mount>({
    Type: volume.type,
    Source: source,
    Target: volume.target,
    ReadOnly: volume.readOnly || undefined,
    BindOptions:
      volume.type === 'bind' && volume.propagation !== undefined
        ? { Propagation: volume.propagation }
        : undefined,
    VolumeOptions:
      volume.type === 'volume' &&
      (volume.noCopy || volume.subpath !== undefined || declared?.driver !== undefined)
        ? defined<NonNullable<Mount['VolumeOptions']>>({
            NoCopy: volume.noCopy || undefined,
            Subpath: volume.subpath,
          })
        : undefined,
    TmpfsOptions:
      volume.type === 'tmpfs'
        ? defined<NonNullable<Mount['TmpfsOptions']>>({ SizeBytes: volume.tmpfsSize, Mode: volume.tmpfsMode })
        : undefined,
  });
}

function portBindings(service: Service): PortMap {
  const bindings: PortMap = {};
  for (const { target, protocol, hostIp = '', published = '' } of service.ports) {
    (bindings[`${target}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: published });
  }
  return bindings;
}

export function restartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [Name = 'no', count = '0'] = text.split(':');
  return { Name, MaximumRetryCount: Number(count) };
}

const namespaceMode = (mode: string | undefined, { containerOf }: InstanceOptions): string | undefined =>
  mode?.startsWith('service:') ? `container:${containerOf(mode.slice('service:'.length))}` : mode;

function volumesFrom(from: string, { containerOf }: InstanceOptions): string {
  if (from.startsWith('container:')) return from.slice('container:'.length);
  const [name = '', ...mode] = from.split(':');
  return [containerOf(name), ...mode].join(':');
}

/** Networks of a service, the one with the highest priority first. */
function networksOf(service: Service): [string, ServiceNetwork | undefined][] {
  if (service.networks.size === 0) return [['default', undefined]];
  return [...service.networks].toSorted(([, a], [, b]) => b.priority - a.priority);
}

function networkMode(project: Project, service: Service, options: InstanceOptions): string {
  if (service.networkMode !== undefined) return namespaceMode(service.networkMode, options) ?? '';
  const [first = 'default'] = networksOf(service)[0] ?? [];
  return project.networks.get(first)?.name ?? first;
}

function endpoints(
  project: Project,
  service: Service,
  options: InstanceOptions,
): Record<string, EndpointSettings> {
  if (service.networkMode !== undefined) return {};
  return Object.fromEntries(
    networksOf(service).map(([key, network]) => [
      project.networks.get(key)?.name ?? key,
      defined<EndpointSettings>({
        Aliases: [...(options.oneOff ? [] : [service.name]), ...(network?.aliases ?? [])],
        Links: linksOf(service, options),
        IPAMConfig:
          network?.ipv4 === undefined && network?.ipv6 === undefined
            ? undefined
            : defined<{ IPv4Address?: string; IPv6Address?: string }>({
                IPv4Address: network.ipv4,
                IPv6Address: network.ipv6,
              }),
        MacAddress: network?.mac ?? service.macAddress,
        GwPriority: network?.gatewayPriority,
      }),
    ]),
  );
}

function linksOf(service: Service, { containerOf }: InstanceOptions): string[] | undefined {
  const own = service.links.map((link) => {
    const [name = '', alias = name] = link.split(':');
    return `${containerOf(name)}:${alias}`;
  });
  const links = [...own, ...service.externalLinks];
  return links.length > 0 ? links : undefined;
}

function deviceOf(spec: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', inner = host, permissions = 'rwm'] = spec.split(':');
  return { PathOnHost: host, PathInContainer: inner, CgroupPermissions: permissions };
}

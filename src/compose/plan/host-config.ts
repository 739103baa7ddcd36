import type { HostConfig, PortMap, Ulimit } from '../../wire/container.ts';
import { defined } from '../model/read.ts';
import type { Project, Service } from '../model/types.ts';
import { networkMode } from './endpoints.ts';
import { fileMounts } from './file-mounts.ts';
import { type InstanceOptions, namespaceMode } from './instance.ts';
import { bindText, inheritedBinds, isPlainBind, mountOf } from './mounts.ts';

/** How one container of a service runs on its host. */
export function hostConfig(project: Project, service: Service, options: InstanceOptions): HostConfig {
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

function portBindings(service: Service): PortMap {
  const bindings: PortMap = {};
  for (const { target, protocol, hostIp = '', published = '' } of service.ports) {
    (bindings[`${target}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: published });
  }
  return bindings;
}

/** `on-failure:3` as the API takes it. */
export function restartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [Name = 'no', count = '0'] = text.split(':');
  return { Name, MaximumRetryCount: Number(count) };
}

function volumesFrom(from: string, { containerOf }: InstanceOptions): string {
  if (from.startsWith('container:')) return from.slice('container:'.length);
  const [name = '', ...mode] = from.split(':');
  return [containerOf(name), ...mode].join(':');
}

function deviceOf(spec: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', inner = host, permissions = 'rwm'] = spec.split(':');
  return { PathOnHost: host, PathInContainer: inner, CgroupPermissions: permissions };
}

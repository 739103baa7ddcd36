import type { HostConfig, PortMap, RestartPolicy, Ulimit } from '../../wire/container.ts';
import { defined } from '../model/read.ts';
import type { Project, Service } from '../model/types.ts';
import { deviceConfig } from './device-config.ts';
import { linksOf, networkMode } from './endpoints.ts';
import type { InstanceOptions } from './instance.ts';
import { bindText, inheritedBinds, isPlainBind, mountOf, ownVolumes } from './mounts.ts';
import { securityConfig } from './security-config.ts';
import { fileMounts } from './service-files.ts';

/** How one container of a service, whose references are those of `withReferences`, runs on its host. */
export function hostConfig(project: Project, service: Service, options: InstanceOptions): HostConfig {
  const volumes = ownVolumes(service, options.inherited);
  return defined<HostConfig>({
    Binds: [
      ...volumes.filter(isPlainBind).map((volume) => bindText(project, volume)),
      ...inheritedBinds(service, options.inherited),
    ],
    Mounts: [
      ...volumes.filter((volume) => !isPlainBind(volume)).map((volume) => mountOf(project, volume)),
      ...fileMounts(project, service),
    ],
    Tmpfs: Object.fromEntries(
      service.tmpfs
        .map((spec) => spec.split(/:(.*)/s).slice(0, 2))
        .map(([path = '', opts = '']) => [path, opts]),
    ),
    PortBindings: portBindings(service),
    NetworkMode: networkMode(project, service),
    RestartPolicy: options.oneOff ? { Name: 'no' } : restartPolicy(service),
    VolumesFrom: [...service.volumesFrom],
    Links: linksOf(project, service, options),
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
    ...securityConfig(project, service),
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
    ...deviceConfig(service),
    IpcMode: service.ipc,
    PidMode: service.pid,
    UTSMode: service.uts,
    UsernsMode: service.usernsMode,
    CgroupnsMode: service.cgroup,
    CgroupParent: service.cgroupParent,
    Runtime: service.runtime,
    Isolation: service.isolation,
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
    CpuRealtimePeriod: service.cpuRealtimePeriod,
    CpuRealtimeRuntime: service.cpuRealtimeRuntime,
    CpuCount: service.cpuCount,
    CpuPercent: service.cpuPercent === undefined ? undefined : Math.trunc(service.cpuPercent * 100),
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

/** What `deploy` says counts over `restart`. */
function restartPolicy({ restart = 'no', deploy }: Service): RestartPolicy {
  const policy = deploy?.restartPolicy;
  if (!policy) {
    const [Name = 'no', count = '0'] = restart.split(':');
    return { Name, MaximumRetryCount: Number(count) };
  }
  const names: Readonly<Record<string, string>> = { any: 'always', none: 'no' };
  const Name = names[policy.condition ?? 'any'] ?? policy.condition ?? 'always';
  return { Name, ...(Name === 'on-failure' && { MaximumRetryCount: policy.maxAttempts ?? 0 }) };
}

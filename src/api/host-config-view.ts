import type { Container, ContainerSpec } from '../container/types.ts';
import type { DeviceRate } from '../runtime/types.ts';
import type { DeviceRequest, HostConfig, PortBinding, PortMap, ThrottleDevice } from '../wire/container.ts';

/**
 * What is told where a container has the engine's own log: Docker's default. docker-py and others fetch output only from drivers that
 * they know to keep it.
 */
export const DEFAULT_LOG_DRIVER = 'json-file';

/** `HostConfig` of inspect: Docker's defaults, what the client said and the engine only keeps, and what the engine knows. */
export function hostConfigView(container: Container, cgroupVersion: 1 | 2): HostConfig {
  const { spec } = container;
  return {
    ...defaults,
    ...(spec.hostConfigEcho as HostConfig),
    PortBindings: portBindings(spec),
    ...resources(spec),
    DeviceRequests: deviceRequests(spec),
    ...mounts(spec),
    ...network(container),
    ...isolation(spec, cgroupVersion),
    ConsoleSize: [spec.consoleSize?.height ?? 0, spec.consoleSize?.width ?? 0],
    LogConfig: { Type: spec.log.driver || DEFAULT_LOG_DRIVER, Config: { ...spec.log.options } },
    RestartPolicy: {
      Name: spec.restartPolicy.name,
      MaximumRetryCount: spec.restartPolicy.name === 'on-failure' ? spec.restartPolicy.maximumRetryCount : 0,
    },
    AutoRemove: spec.autoRemove,
    ...(Object.keys(spec.annotations).length > 0 && { Annotations: { ...spec.annotations } }),
  };
}

const defaults: HostConfig = {
  ContainerIDFile: '',
  VolumeDriver: '',
  Cgroup: '',
  CgroupParent: '',
  DeviceCgroupRules: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  Isolation: '',
  Runtime: 'runc',
};

function resources(spec: ContainerSpec): HostConfig {
  const { resources: limit } = spec;
  return {
    CpuShares: limit.cpuShares ?? 0,
    Memory: limit.memory ?? 0,
    NanoCpus: limit.nanoCpus ?? 0,
    BlkioWeight: limit.blkioWeight ?? 0,
    BlkioWeightDevice:
      limit.blkioWeightDevices?.map(({ path, weight }) => ({ Path: path, Weight: weight })) ?? null,
    BlkioDeviceReadBps: throttles(limit.readBps),
    BlkioDeviceWriteBps: throttles(limit.writeBps),
    BlkioDeviceReadIOps: throttles(limit.readIops),
    BlkioDeviceWriteIOps: throttles(limit.writeIops),
    CpuRealtimePeriod: limit.cpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: limit.cpuRealtimeRuntime ?? 0,
    ...(limit.kernelMemoryTcp && { KernelMemoryTCP: limit.kernelMemoryTcp }),
    CpuPeriod: limit.cpuPeriod ?? 0,
    CpuQuota: limit.cpuQuota ?? 0,
    CpusetCpus: limit.cpusetCpus ?? '',
    CpusetMems: limit.cpusetMems ?? '',
    Devices: spec.devices.map((device) => ({
      PathOnHost: device.hostPath,
      PathInContainer: device.containerPath,
      CgroupPermissions: device.permissions,
    })),
    MemoryReservation: limit.memoryReservation ?? 0,
    MemorySwap: limit.memorySwap ?? 0,
    MemorySwappiness: limit.memorySwappiness ?? null,
    OomKillDisable: limit.oomKillDisable ?? false,
    PidsLimit: limit.pidsLimit === undefined ? null : Math.max(limit.pidsLimit, 0),
    Ulimits: spec.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
  };
}

const throttles = (devices: readonly DeviceRate[] | undefined): ThrottleDevice[] | null =>
  devices?.map(({ path, rate }) => ({ Path: path, Rate: rate })) ?? null;

/** With all members, as Docker tells them. */
function deviceRequests(spec: ContainerSpec): DeviceRequest[] | null {
  const requests = spec.hostConfigEcho['DeviceRequests'] as DeviceRequest[] | undefined;
  if (!requests) return null;
  const absent = { Driver: '', Count: 0, DeviceIDs: null, Capabilities: null, Options: null };
  return requests.map((request) => ({ ...absent, ...request }));
}

function mounts(spec: ContainerSpec): HostConfig {
  const binds = spec.mounts.flatMap(({ origin, text }) => (origin === 'binds' && text ? [text] : []));
  const tmpfs = spec.mounts.filter(({ origin }) => origin === 'tmpfs');
  return {
    Binds: binds.length > 0 ? binds : null,
    VolumesFrom: spec.volumesFrom.length > 0 ? [...spec.volumesFrom] : null,
    ...(tmpfs.length > 0 && {
      Tmpfs: Object.fromEntries(tmpfs.map(({ target, tmpfsOptions }) => [target, tmpfsOptions ?? ''])),
    }),
  };
}

function network(container: Container): HostConfig {
  const { spec } = container;
  return {
    NetworkMode: networkMode(spec),
    PublishAllPorts: spec.publishAllPorts,
    Dns: [...(spec.dns.servers ?? [])],
    DnsOptions: [...(spec.dns.options ?? [])],
    DnsSearch: [...(spec.dns.search ?? [])],
    ExtraHosts: spec.extraHosts.length > 0 ? [...spec.extraHosts] : null,
    Links: spec.links.length > 0 ? linksView(container) : null,
  };
}

/** Links on the default bridge are told from the holder's side: `/other:/holder/alias`. */
function linksView({ name: holder, spec }: Container): string[] {
  if (!/^(?:default|bridge)$/.test(spec.networkMode)) return [...spec.links];
  return spec.links.map((link) => {
    const [other = '', alias = other] = link.replace(/^\//, '').split(':');
    return `/${other}:/${holder}/${alias}`;
  });
}

/** Since API 1.44 the default is told by its name. */
export const networkMode = (spec: ContainerSpec): string =>
  spec.networkMode === 'default' ? 'bridge' : spec.networkMode;

/** As the client said it, where it was a client: a range stays one binding. */
function portBindings(spec: ContainerSpec): PortMap {
  const said = (spec.hostConfigEcho as HostConfig).PortBindings;
  if (said)
    return Object.fromEntries(
      Object.entries(said).map(([port, bindings]) => [
        port,
        bindings?.map((binding) => ({ HostIp: '', HostPort: '', ...binding })) ?? null,
      ]),
    );
  const map = new Map<string, PortBinding[]>();
  for (const port of spec.ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    const range = port.hostPortEnd === undefined ? '' : `-${port.hostPortEnd}`;
    const HostPort = port.hostPort === 0 ? '' : `${port.hostPort}${range}`;
    map.set(key, [...(map.get(key) ?? []), { HostIp: port.hostIp, HostPort }]);
  }
  return Object.fromEntries(map);
}

function isolation(spec: ContainerSpec, cgroupVersion: 1 | 2): HostConfig {
  const list = (items: readonly string[]): string[] | null => (items.length > 0 ? [...items] : null);
  return {
    CapAdd: list(spec.capAdd),
    CapDrop: list(spec.capDrop),
    CgroupnsMode: spec.cgroupnsMode || (cgroupVersion === 2 ? 'private' : 'host'),
    GroupAdd: list(spec.groupAdd),
    IpcMode: spec.ipcMode || 'private',
    OomScoreAdj: spec.oomScoreAdj,
    PidMode: spec.pidMode,
    Privileged: spec.privileged,
    ReadonlyRootfs: spec.readonlyRootfs,
    SecurityOpt: list(spec.securityOpt),
    UTSMode: spec.utsMode,
    UsernsMode: spec.usernsMode,
    ShmSize: spec.shmSize,
    ...(Object.keys(spec.sysctls).length > 0 && { Sysctls: { ...spec.sysctls } }),
    MaskedPaths: spec.privileged ? null : [...(spec.maskedPaths ?? maskedPaths)],
    ReadonlyPaths: spec.privileged ? null : [...(spec.readonlyPaths ?? readonlyPaths)],
    ...(spec.init && { Init: true }),
  };
}

/** Docker's default lists, told by inspect where the client gave none. */
const maskedPaths = [
  '/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats',
  '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware',
  '/sys/devices/virtual/powercap',
]; // prettier-ignore
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

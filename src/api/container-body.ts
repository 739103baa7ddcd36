import type { ContainerConfig, HostConfig, Mount, ResourcesConfig } from '../wire/container.ts';
import type { EndpointSettings } from '../wire/network.ts';
import { labels, type Shape, strings } from './shape.ts';

/** The shapes of what clients send about containers; `satisfies` keeps them in step with the wire types. */

const healthcheck: Shape = {
  members: {
    Test: 'command',
    Interval: 'integer',
    Timeout: 'integer',
    Retries: 'integer',
    StartPeriod: 'integer',
    StartInterval: 'integer',
  },
};

export const containerConfig = {
  Hostname: 'string',
  Domainname: 'string',
  User: 'string',
  AttachStdin: 'boolean',
  AttachStdout: 'boolean',
  AttachStderr: 'boolean',
  ExposedPorts: { map: 'object' },
  Tty: 'boolean',
  OpenStdin: 'boolean',
  StdinOnce: 'boolean',
  Env: strings,
  Cmd: 'command',
  Healthcheck: healthcheck,
  ArgsEscaped: 'boolean',
  Image: 'string',
  Volumes: { map: 'object' },
  WorkingDir: 'string',
  Entrypoint: 'command',
  NetworkDisabled: 'boolean',
  MacAddress: 'string',
  OnBuild: strings,
  Labels: labels,
  StopSignal: 'string',
  StopTimeout: 'integer',
  Shell: 'command',
} satisfies Record<keyof ContainerConfig, Shape>;

const mount = {
  Type: 'string',
  Source: 'string',
  Target: 'string',
  ReadOnly: 'boolean',
  Consistency: 'string',
  BindOptions: {
    members: {
      Propagation: 'string',
      NonRecursive: 'boolean',
      CreateMountpoint: 'boolean',
      ReadOnlyNonRecursive: 'boolean',
      ReadOnlyForceRecursive: 'boolean',
    },
  },
  VolumeOptions: {
    members: {
      NoCopy: 'boolean',
      Labels: labels,
      DriverConfig: { members: { Name: 'string', Options: labels } },
      Subpath: 'string',
    },
  },
  ImageOptions: { members: { Subpath: 'string' } },
  TmpfsOptions: { members: { SizeBytes: 'integer', Mode: 'integer', Options: { list: strings } } },
} satisfies Record<keyof Mount, Shape>;

const throttles: Shape = { list: { members: { Path: 'string', Rate: 'integer' } } };

export const resourceMembers = {
  CpuShares: 'integer',
  Memory: 'integer',
  NanoCpus: 'integer',
  CgroupParent: 'string',
  BlkioWeight: 'integer',
  BlkioWeightDevice: { list: { members: { Path: 'string', Weight: 'integer' } } },
  BlkioDeviceReadBps: throttles,
  BlkioDeviceWriteBps: throttles,
  BlkioDeviceReadIOps: throttles,
  BlkioDeviceWriteIOps: throttles,
  CpuPeriod: 'integer',
  CpuQuota: 'integer',
  CpuRealtimePeriod: 'integer',
  CpuRealtimeRuntime: 'integer',
  CpusetCpus: 'string',
  CpusetMems: 'string',
  Devices: {
    list: { members: { PathOnHost: 'string', PathInContainer: 'string', CgroupPermissions: 'string' } },
  },
  DeviceCgroupRules: strings,
  DeviceRequests: {
    list: {
      members: {
        Driver: 'string',
        Count: 'integer',
        DeviceIDs: strings,
        Capabilities: { list: strings },
        Options: labels,
      },
    },
  },
  KernelMemory: 'integer',
  KernelMemoryTCP: 'integer',
  MemoryReservation: 'integer',
  MemorySwap: 'integer',
  MemorySwappiness: 'integer',
  OomKillDisable: 'boolean',
  PidsLimit: 'integer',
  Ulimits: { list: { members: { Name: 'string', Soft: 'integer', Hard: 'integer' } } },
  CpuCount: 'integer',
  CpuPercent: 'integer',
  IOMaximumIOps: 'integer',
  IOMaximumBandwidth: 'integer',
} satisfies Record<keyof ResourcesConfig, Shape>;

export const restartPolicy: Shape = { members: { Name: 'string', MaximumRetryCount: 'integer' } };

export const hostConfig = {
  ...resourceMembers,
  Binds: strings,
  ContainerIDFile: 'string',
  LogConfig: { members: { Type: 'string', Config: labels } },
  NetworkMode: 'string',
  PortBindings: { map: { list: { members: { HostIp: 'string', HostPort: 'string' } } } },
  RestartPolicy: restartPolicy,
  AutoRemove: 'boolean',
  VolumeDriver: 'string',
  VolumesFrom: strings,
  Mounts: { list: { members: mount } },
  ConsoleSize: { list: 'integer' },
  Annotations: labels,
  CapAdd: 'command',
  CapDrop: 'command',
  CgroupnsMode: 'string',
  Dns: strings,
  DnsOptions: strings,
  DnsSearch: strings,
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: 'string',
  Cgroup: 'string',
  Links: strings,
  OomScoreAdj: 'integer',
  PidMode: 'string',
  Privileged: 'boolean',
  PublishAllPorts: 'boolean',
  ReadonlyRootfs: 'boolean',
  SecurityOpt: strings,
  StorageOpt: labels,
  Tmpfs: labels,
  UTSMode: 'string',
  UsernsMode: 'string',
  ShmSize: 'integer',
  Sysctls: labels,
  Runtime: 'string',
  Isolation: 'string',
  MaskedPaths: strings,
  ReadonlyPaths: strings,
  Init: 'boolean',
} satisfies Record<keyof HostConfig, Shape>;

export const endpointSettings: Shape = {
  members: {
    IPAMConfig: { members: { IPv4Address: 'string', IPv6Address: 'string', LinkLocalIPs: strings } },
    Links: strings,
    Aliases: strings,
    MacAddress: 'string',
    DriverOpts: labels,
    GwPriority: 'integer',
    NetworkID: 'string',
    EndpointID: 'string',
    Gateway: 'string',
    IPAddress: 'string',
    IPPrefixLen: 'integer',
    IPv6Gateway: 'string',
    GlobalIPv6Address: 'string',
    GlobalIPv6PrefixLen: 'integer',
    DNSNames: strings,
  } satisfies Record<keyof EndpointSettings, Shape>,
};

/** POST /containers/create */
export const createContainer: Shape = {
  members: {
    ...containerConfig,
    HostConfig: { members: hostConfig },
    NetworkingConfig: { members: { EndpointsConfig: { map: endpointSettings } } },
  },
};

/** POST /containers/{id}/update */
export const updateContainer: Shape = { members: { ...resourceMembers, RestartPolicy: restartPolicy } };

const consoleSize: Shape = { list: 'integer' };

/** POST /containers/{id}/exec */
export const execCreate: Shape = {
  members: {
    AttachStdin: 'boolean',
    AttachStdout: 'boolean',
    AttachStderr: 'boolean',
    DetachKeys: 'string',
    Tty: 'boolean',
    Env: strings,
    Cmd: strings,
    Privileged: 'boolean',
    User: 'string',
    WorkingDir: 'string',
    ConsoleSize: consoleSize,
  },
};

/** POST /exec/{id}/start */
export const execStart: Shape = {
  members: { Detach: 'boolean', Tty: 'boolean', ConsoleSize: consoleSize },
};

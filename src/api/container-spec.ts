import { posix } from 'node:path';
import { invalid } from '../lib/errors.ts';
import type { ContainerSpec, CreateRequest } from '../container/types.ts';
import type { CreateContainerBody, HealthConfig, HostConfig } from '../wire/container.ts';
import { checkConflicts } from './container-conflicts.ts';
import { defined } from './defined.ts';
import { endpointSpecs } from './endpoint-specs.ts';
import { mountRequests } from './mount-requests.ts';
import { exposedPorts, portSpecs } from './port-specs.ts';
import { resourceLimits } from './resource-limits.ts';
import { restartPolicy } from './restart-policy.ts';

type Spec = CreateRequest['spec'];

/** Members of HostConfig that the engine only tells back. */
const echoed = [
  'ContainerIDFile', 'PortBindings', 'VolumeDriver', 'Mounts', 'Cgroup', 'CgroupParent', 'Runtime', 'Isolation',
  'DeviceCgroupRules', 'DeviceRequests', 'CpuCount', 'CpuPercent',
] as const satisfies (keyof HostConfig)[]; // prettier-ignore

/** What a create body asks for, in the engine's terms: only what the client said. Throws `invalid` as Docker does. */
export function containerSpec(body: CreateContainerBody, version = 51): Spec {
  if (Object.keys(body).length === 0) throw invalid('config cannot be empty in order to create a container');
  if (!body.Image) throw invalid('no image specified: Image must not be empty');
  const host = body.HostConfig ?? {};
  checkConflicts(body, host);
  return defined({ image: body.Image, ...configPart(body), ...hostPart(body, host, version) });
}

function configPart(body: CreateContainerBody) {
  return {
    ...programPart(body),
    hostname: body.Hostname || undefined,
    domainname: body.Domainname || undefined,
    macAddress: body.MacAddress || undefined,
    user: body.User || undefined,
    env: checkEnv(body.Env ?? []),
    workingDir: checkWorkingDir(body.WorkingDir),
    labels: body.Labels ?? undefined,
    tty: body.Tty,
    openStdin: body.OpenStdin,
    stdinOnce: body.StdinOnce,
    attach: {
      stdin: body.AttachStdin ?? false,
      stdout: body.AttachStdout ?? false,
      stderr: body.AttachStderr ?? false,
    },
    stopSignal: body.StopSignal || undefined,
    stopTimeout: body.StopTimeout,
    healthcheck: checkHealth(body.Healthcheck),
    shell: body.Shell ?? undefined,
    exposedPorts: exposedPorts(Object.keys(body.ExposedPorts ?? {})),
    volumes: Object.keys(body.Volumes ?? {}),
  };
}

/**
 * An entrypoint of the client's also drops the image's command; `['']` (`--entrypoint ""`) means none at all.
 * An empty list for either is the same as absent, but for the entrypoint, where it means none.
 */
function programPart({ Entrypoint: entrypoint, Cmd: cmd }: CreateContainerBody) {
  const command = cmd && cmd.length > 0 ? cmd : undefined;
  if (!entrypoint) return { cmd: command };
  if (entrypoint.length === 0) return { entrypoint: [], cmd: command };
  const isNone = entrypoint.length === 1 && entrypoint[0] === '';
  return { entrypoint: isNone ? [] : entrypoint, cmd: command ?? [] };
}

function hostPart(body: CreateContainerBody, host: HostConfig, version: number) {
  const networkMode = host.NetworkMode || 'default';
  return {
    mounts: mountRequests(host).map((mount) =>
      version < 44 && mount.type === 'bind' ? { ...mount, readOnlyNonRecursive: true } : mount,
    ),
    volumesFrom: host.VolumesFrom ?? undefined,
    networkMode: body.NetworkDisabled ? 'none' : networkMode,
    endpoints: endpointSpecs(body, networkMode),
    ports: portSpecs(host.PortBindings ?? {}),
    publishAllPorts: host.PublishAllPorts,
    dns: defined({
      servers: host.Dns ?? undefined,
      search: host.DnsSearch ?? undefined,
      options: host.DnsOptions ?? undefined,
    }),
    extraHosts: checkHosts(host.ExtraHosts ?? []),
    links: host.Links ?? undefined,
    restartPolicy: host.RestartPolicy && restartPolicy(host.RestartPolicy),
    autoRemove: host.AutoRemove,
    ...isolationPart(host),
    resources: resourceLimits(withSwap(host)),
    log: host.LogConfig && { driver: host.LogConfig.Type ?? '', options: host.LogConfig.Config ?? {} },
    annotations: host.Annotations,
    consoleSize: sizeOf(host.ConsoleSize),
    hostConfigEcho: Object.fromEntries(
      echoed.flatMap((name) => (host[name] === undefined ? [] : [[name, host[name]]])),
    ),
  };
}

/** A memory limit without one for swap allows as much swap again. */
function withSwap(host: HostConfig): HostConfig {
  return host.Memory && !host.MemorySwap ? { ...host, MemorySwap: host.Memory * 2 } : host;
}

function isolationPart(host: HostConfig) {
  return {
    privileged: host.Privileged,
    capAdd: host.CapAdd ?? undefined,
    capDrop: host.CapDrop ?? undefined,
    securityOpt: host.SecurityOpt ?? undefined,
    groupAdd: host.GroupAdd ?? undefined,
    ipcMode: host.IpcMode || undefined,
    pidMode: host.PidMode || undefined,
    utsMode: host.UTSMode || undefined,
    usernsMode: host.UsernsMode || undefined,
    cgroupnsMode: host.CgroupnsMode || undefined,
    readonlyRootfs: host.ReadonlyRootfs,
    init: host.Init ?? undefined,
    shmSize: host.ShmSize || undefined,
    sysctls: host.Sysctls ?? undefined,
    ulimits: host.Ulimits?.map(({ Name = '', Soft = 0, Hard = 0 }) => ({
      name: Name,
      soft: Soft,
      hard: Hard,
    })),
    devices: host.Devices?.map((device) => ({
      hostPath: device.PathOnHost ?? '',
      containerPath: device.PathInContainer || (device.PathOnHost ?? ''),
      permissions: device.CgroupPermissions || 'rwm',
    })),
    oomScoreAdj: host.OomScoreAdj,
    maskedPaths: host.MaskedPaths ?? undefined,
    readonlyPaths: host.ReadonlyPaths ?? undefined,
  };
}

/** A terminal's size as the API has it: height, width. 0 = unknown. */
export function sizeOf(size: readonly number[] | null | undefined): ContainerSpec['consoleSize'] | undefined {
  const [height = 0, width = 0] = size ?? [];
  return height > 0 && width > 0 ? { height, width } : undefined;
}

function checkEnv(env: readonly string[]): readonly string[] {
  const bad = env.find((entry) => entry.split('=', 1)[0] === '');
  if (bad !== undefined) throw invalid(`invalid environment variable: ${bad}`);
  return env;
}

function checkWorkingDir(path: string | undefined): string | undefined {
  if (path && !path.startsWith('/'))
    throw invalid(`the working directory '${path}' is invalid, it needs to be an absolute path`);
  return path ? posix.resolve(path) : undefined;
}

function checkHosts(hosts: readonly string[]): readonly string[] {
  const bad = hosts.find((entry) => !/^[^:=]+[:=].+$/.test(entry));
  if (bad !== undefined) throw invalid(`bad format for add-host: ${JSON.stringify(bad)}`);
  return hosts;
}

function checkHealth(health: HealthConfig | undefined): HealthConfig | undefined {
  if (!health) return undefined;
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = health[name] ?? 0;
    if (value !== 0 && value < 1_000_000) throw invalid(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((health.Retries ?? 0) < 0) throw invalid('Retries in Healthcheck cannot be negative');
  return health;
}

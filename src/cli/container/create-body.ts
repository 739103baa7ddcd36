import { readFileSync } from '../../lib/fs.ts';
import { parseBytes } from '../../lib/bytes.ts';
import { parseDuration } from '../../lib/duration.ts';
import { invalid } from '../../lib/errors.ts';
import type {
  CreateContainerBody,
  DeviceMapping,
  HealthConfig,
  HostConfig,
  RestartPolicy,
  Ulimit,
} from '../../wire/container.ts';
import type { EndpointSettings } from '../../wire/network.ts';
import type { Context } from '../context.ts';
import type { Values } from '../flags.ts';
import type { createFlags } from './create-flags.ts';
import { keyValues, readEnv, readLabels } from './key-values.ts';
import { parseMount, parseTmpfs, parseVolumes } from './mounts.ts';
import { parseExposed, parsePublished } from './ports.ts';

export type CreateValues = Values<typeof createFlags>;

/** The create body that the flags of `run` and `create` mean. */
export function createBody(
  context: Context,
  flags: CreateValues,
  image: string,
  command: readonly string[],
  detach: boolean,
): CreateContainerBody {
  const { binds, volumes } = parseVolumes(flags.volume, context.cwd);
  const { exposed, bindings } = parsePublished(flags.publish);
  const { mode, endpoints } = networking(flags);
  const attach = attached(flags, detach);
  return {
    Hostname: flags.hostname ?? '',
    Domainname: flags.domainname ?? '',
    User: flags.user ?? '',
    AttachStdin: attach.stdin,
    AttachStdout: attach.stdout,
    AttachStderr: attach.stderr,
    ExposedPorts: { ...parseExposed(flags.expose), ...exposed },
    Tty: flags.tty ?? false,
    OpenStdin: flags.interactive ?? false,
    StdinOnce: !detach && (flags.interactive ?? false),
    Env: readEnv(flags['env-file'], flags.env, context.env),
    Cmd: command.length > 0 ? [...command] : null,
    ...optional('Healthcheck', healthcheck(flags)),
    Image: image,
    Volumes: volumes,
    WorkingDir: flags.workdir ?? '',
    ...(flags.entrypoint !== undefined && {
      Entrypoint: flags.entrypoint === '' ? [''] : [flags.entrypoint],
    }),
    Labels: readLabels(flags['label-file'], flags.label),
    ...optional('StopSignal', flags['stop-signal']),
    ...optional('StopTimeout', flags['stop-timeout']),
    ...optional('MacAddress', endpoints ? undefined : flags['mac-address']),
    HostConfig: { ...hostConfig(context, flags), Binds: binds, PortBindings: bindings, NetworkMode: mode },
    NetworkingConfig: { EndpointsConfig: endpoints ?? {} },
  };
}

function attached(
  flags: CreateValues,
  detach: boolean,
): { stdin: boolean; stdout: boolean; stderr: boolean } {
  const named = flags.attach.map((name) => name.toLowerCase());
  const wrong = named.find((name) => !['stdin', 'stdout', 'stderr'].includes(name));
  if (wrong !== undefined)
    throw invalid(
      `invalid argument "${wrong}" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR`,
    );
  if (detach) return { stdin: false, stdout: false, stderr: false };
  if (named.length > 0)
    return {
      stdin: named.includes('stdin'),
      stdout: named.includes('stdout'),
      stderr: named.includes('stderr'),
    };
  return { stdin: flags.interactive ?? false, stdout: true, stderr: true };
}

function hostConfig(context: Context, flags: CreateValues): HostConfig {
  return {
    AutoRemove: flags.rm ?? false,
    Privileged: flags.privileged ?? false,
    PublishAllPorts: flags['publish-all'] ?? false,
    ReadonlyRootfs: flags['read-only'] ?? false,
    RestartPolicy: restartPolicy(flags.restart ?? 'no'),
    CapAdd: [...flags['cap-add']],
    CapDrop: [...flags['cap-drop']],
    Dns: [...flags.dns],
    DnsOptions: [...flags['dns-option']],
    DnsSearch: [...flags['dns-search']],
    ExtraHosts: [...flags['add-host']],
    GroupAdd: [...flags['group-add']],
    Links: [...flags.link],
    VolumesFrom: [...flags['volumes-from']],
    SecurityOpt: flags['security-opt'].map(readProfile),
    Mounts: flags.mount.map((spec) => parseMount(spec, context.cwd)),
    Tmpfs: parseTmpfs(flags.tmpfs),
    Sysctls: keyValues(flags.sysctl),
    StorageOpt: keyValues(flags['storage-opt']),
    Annotations: keyValues(flags.annotation),
    LogConfig: { Type: flags['log-driver'] ?? '', Config: keyValues(flags['log-opt']) },
    IpcMode: flags.ipc ?? '',
    PidMode: flags.pid ?? '',
    UTSMode: flags.uts ?? '',
    UsernsMode: flags.userns ?? '',
    CgroupnsMode: flags.cgroupns ?? '',
    VolumeDriver: flags['volume-driver'] ?? '',
    ContainerIDFile: flags.cidfile ?? '',
    OomScoreAdj: flags['oom-score-adj'] ?? 0,
    ...optional('ShmSize', bytes(flags['shm-size'])),
    ...optional('Init', flags.init),
    ...optional('Runtime', flags.runtime),
    ...optional('Isolation', flags.isolation),
    ...consoleSize(context),
    ...resources(flags),
  };
}

function resources(flags: CreateValues): HostConfig {
  return {
    ...optional('Memory', bytes(flags.memory)),
    ...optional('MemoryReservation', bytes(flags['memory-reservation'])),
    ...optional('MemorySwap', flags['memory-swap'] === '-1' ? -1 : bytes(flags['memory-swap'])),
    ...optional('MemorySwappiness', flags['memory-swappiness']),
    ...optional('NanoCpus', flags.cpus === undefined ? undefined : nanoCpus(flags.cpus)),
    ...optional('CpuShares', flags['cpu-shares']),
    ...optional('CpuPeriod', flags['cpu-period']),
    ...optional('CpuQuota', flags['cpu-quota']),
    ...optional('CpusetCpus', flags['cpuset-cpus']),
    ...optional('CpusetMems', flags['cpuset-mems']),
    ...optional('PidsLimit', flags['pids-limit']),
    ...optional('BlkioWeight', flags['blkio-weight']),
    ...optional('OomKillDisable', flags['oom-kill-disable']),
    ...optional('CgroupParent', flags['cgroup-parent']),
    Devices: flags.device.map(parseDevice),
    DeviceCgroupRules: [...flags['device-cgroup-rule']],
    ...(flags.gpus.length > 0 && {
      DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']], Options: {} }],
    }),
    Ulimits: flags.ulimit.map(parseUlimit),
  };
}

/** `{ name: value }` unless the value is undefined. */
function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}

const bytes = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : parseBytes(value);

function nanoCpus(value: string): number {
  const cpus = Number(value);
  if (!(cpus >= 0))
    throw invalid(
      `invalid argument "${value}" for "--cpus" flag: failed to parse ${value} as a rational number`,
    );
  return Math.round(cpus * 1e9);
}

const consoleSize = (context: Context): HostConfig =>
  context.out.rows && context.out.columns ? { ConsoleSize: [context.out.rows, context.out.columns] } : {};

export function restartPolicy(value: string): RestartPolicy {
  const [name = '', count, ...rest] = value.split(':');
  if (rest.length > 0) throw invalid('invalid restart policy format: maximum retry count must be an integer');
  if (count !== undefined && !/^\d+$/.test(count))
    throw invalid('invalid restart policy format: maximum retry count must be an integer');
  return { Name: name || 'no', MaximumRetryCount: Number(count ?? 0) };
}

function parseDevice(spec: string): DeviceMapping {
  const [host = '', second, third, ...rest] = spec.split(':');
  if (host === '' || rest.length > 0) throw invalid(`invalid device specification: ${spec}`);
  const isMode = (part: string | undefined): part is string =>
    part !== undefined && /^[rwm]{1,3}$/.test(part);
  if (third !== undefined && !isMode(third))
    throw invalid(`invalid device mode: ${String(third)} in ${spec}`);
  return {
    PathOnHost: host,
    PathInContainer: second === undefined || (third === undefined && isMode(second)) ? host : second,
    CgroupPermissions: third ?? (isMode(second) ? second : 'rwm'),
  };
}

function parseUlimit(spec: string): Ulimit {
  const match = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(spec);
  if (!match) throw invalid(`invalid ulimit argument: ${spec}`);
  const [, name = '', soft = '0', hard = soft] = match;
  if (Number(hard) !== -1 && Number(soft) > Number(hard))
    throw invalid(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  return { Name: name, Soft: Number(soft), Hard: Number(hard) };
}

/** The engine takes the text of a seccomp profile, people give its file. */
function readProfile(option: string): string {
  const match = /^seccomp[=:](.*)$/.exec(option);
  const value = match?.[1];
  if (value === undefined || value === 'unconfined' || value === 'builtin' || value.startsWith('{'))
    return option;
  try {
    return `seccomp=${readFileSync(value, 'utf8')}`;
  } catch (error) {
    throw invalid(`opening seccomp profile (${value}) failed: no such file or directory`, error);
  }
}

function healthcheck(flags: CreateValues): HealthConfig | undefined {
  if (flags['no-healthcheck']) return { Test: ['NONE'] };
  const config: HealthConfig = {
    ...(flags['health-cmd'] !== undefined && { Test: ['CMD-SHELL', flags['health-cmd']] }),
    ...optional('Interval', duration(flags['health-interval'])),
    ...optional('Timeout', duration(flags['health-timeout'])),
    ...optional('StartPeriod', duration(flags['health-start-period'])),
    ...optional('StartInterval', duration(flags['health-start-interval'])),
    ...optional('Retries', flags['health-retries']),
  };
  return Object.keys(config).length > 0 ? config : undefined;
}

const duration = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : parseDuration(value);

function networking(flags: CreateValues): { mode: string; endpoints?: Record<string, EndpointSettings> } {
  const specs = [...flags.network, ...flags.net].map(parseNetwork);
  const mode = specs[0]?.name ?? 'default';
  const aliases = [...flags['network-alias'], ...flags['net-alias']];
  const first: EndpointSettings = {
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...((flags.ip !== undefined || flags.ip6 !== undefined) && {
      IPAMConfig: { ...optional('IPv4Address', flags.ip), ...optional('IPv6Address', flags.ip6) },
    }),
    ...optional('MacAddress', flags['mac-address']),
  };
  if (specs.length === 0)
    return Object.keys(first).length === 0 ? { mode } : { mode, endpoints: { default: first } };
  const endpoints = Object.fromEntries(
    specs.map((spec, index) => [spec.name, { ...spec.settings, ...(index === 0 && first) }]),
  );
  const plain = specs.length === 1 && Object.keys(endpoints[mode] ?? {}).length === 0;
  return plain ? { mode } : { mode, endpoints };
}

function parseNetwork(spec: string): { name: string; settings: EndpointSettings } {
  if (!spec.includes('=')) return { name: spec, settings: {} };
  const settings: EndpointSettings = {};
  let name = '';
  for (const part of spec.split(',')) {
    const [key = '', value = ''] = part.split(/=(.*)/s);
    if (key === 'name') name = value;
    else if (key === 'alias') (settings.Aliases ??= []).push(value);
    else if (key === 'ip') settings.IPAMConfig = { ...settings.IPAMConfig, IPv4Address: value };
    else if (key === 'ip6') settings.IPAMConfig = { ...settings.IPAMConfig, IPv6Address: value };
    else if (key === 'mac-address') settings.MacAddress = value;
    else if (key === 'gw-priority') settings.GwPriority = Number(value);
    else if (key === 'driver-opt') settings.DriverOpts = { ...settings.DriverOpts, ...keyValues([value]) };
    else throw invalid(`invalid network field '${key}' in ${spec}`);
  }
  if (name === '') throw invalid(`network name is missing in ${spec}`);
  return { name, settings };
}

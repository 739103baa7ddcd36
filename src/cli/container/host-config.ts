import { given, parsed } from '../flags.ts';
import { readFileSync } from '../../lib/fs.ts';
import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { HostConfig, RestartPolicy } from '../../wire/container.ts';
import type { Context } from '../context.ts';
import type { CreateValues } from './create-flags.ts';
import { deviceConfig } from './devices.ts';
import { openFailure } from '../key-values.ts';
import { keyValues } from '../key-values.ts';
import { limits, parseUlimit } from './limits.ts';
import { parseMount, parseTmpfs } from './mounts.ts';
import { parseHostEntry } from './networking.ts';

/** The part of the create body that says how a container is run on this host; mounts of `-v`, ports and networks are set by the caller. */
export function hostConfig(context: Context, flags: CreateValues): HostConfig {
  return {
    AutoRemove: flags.rm ?? false,
    Privileged: flags.privileged ?? false,
    PublishAllPorts: flags['publish-all'] ?? false,
    ReadonlyRootfs: flags['read-only'] ?? false,
    RestartPolicy: restartPolicyOf(flags),
    CapAdd: [...flags['cap-add']],
    CapDrop: [...flags['cap-drop']],
    Dns: [...flags.dns],
    DnsOptions: [...flags['dns-opt'], ...flags['dns-option']],
    DnsSearch: [...flags['dns-search']],
    ExtraHosts: flags['add-host'].map(parseHostEntry),
    GroupAdd: [...flags['group-add']],
    Links: [...flags.link],
    VolumesFrom: [...flags['volumes-from']],
    SecurityOpt: flags['security-opt'].map(readSecurityOption),
    Mounts: flags.mount.map((spec) => parseMount(spec, context.cwd)),
    Tmpfs: parseTmpfs(flags.tmpfs),
    Sysctls: keyValues(flags.sysctl),
    StorageOpt: storageOptions(flags['storage-opt']),
    Annotations: keyValues(flags.annotation),
    LogConfig: { Type: flags['log-driver'] ?? '', Config: keyValues(flags['log-opt']) },
    ...namespaces(flags),
    VolumeDriver: flags['volume-driver'] ?? '',
    ContainerIDFile: flags.cidfile ?? '',
    OomScoreAdj: flags['oom-score-adj'] ?? 0,
    ...given('ShmSize', parsed(flags['shm-size'], parseBytes)),
    ...given('Init', flags.init),
    ...given('Runtime', flags.runtime),
    ...given('Isolation', flags.isolation),
    ...consoleSize(context),
    ...limits(flags),
    ...deviceConfig(flags),
    ...given('MemorySwappiness', swappiness(flags['memory-swappiness'])),
    ...given('OomKillDisable', flags['oom-kill-disable']),
    ...given('CgroupParent', flags['cgroup-parent']),
    Ulimits: flags.ulimit.map(parseUlimit),
  };
}

const consoleSize = ({ out: { rows, columns } }: Context): HostConfig =>
  rows && columns ? { ConsoleSize: [rows, columns] } : {};

function restartPolicyOf(flags: CreateValues): RestartPolicy {
  const policy = parseRestartPolicy(flags.restart ?? 'no');
  if (flags.rm && policy.Name !== 'no')
    throw invalid('conflicting options: cannot specify both --restart and --rm');
  return policy;
}

/** `no`, `always`, `unless-stopped`, `on-failure:3`. */
export function parseRestartPolicy(value: string): RestartPolicy {
  const [name = '', count, ...rest] = value.split(':');
  if (rest.length > 0) throw invalid('invalid restart policy format');
  if (count !== undefined && !/^\d+$/.test(count))
    throw invalid('invalid restart policy format: maximum retry count must be an integer');
  return { Name: name || 'no', MaximumRetryCount: Number(count ?? 0) };
}

function namespaces(flags: CreateValues): HostConfig {
  return {
    IpcMode: flags.ipc ?? '',
    PidMode: checkMode(flags.pid, /^(host|container:.+)?$/, '--pid: invalid PID mode'),
    UTSMode: checkMode(flags.uts, /^(host)?$/, '--uts: invalid UTS mode'),
    UsernsMode: checkMode(flags.userns, /^(host)?$/, '--userns: invalid USER mode'),
    CgroupnsMode: checkMode(flags.cgroupns, /^(host|private)?$/, '--cgroupns: invalid CGROUP mode'),
  };
}

function checkMode(value: string | undefined, pattern: RegExp, refusal: string): string {
  if (!pattern.test(value ?? '')) throw invalid(refusal);
  return value ?? '';
}

function swappiness(value: number | undefined): number | undefined {
  if (value !== undefined && (value < -1 || value > 100))
    throw invalid(`invalid value: ${value}. Valid memory swappiness range is 0-100`);
  return value;
}

function storageOptions(specs: readonly string[]): Record<string, string> {
  if (specs.some((spec) => !spec.includes('='))) throw invalid('invalid storage option');
  return keyValues(specs);
}

/** The engine takes the text of a seccomp profile, people give its file. */
function readSecurityOption(option: string): string {
  if (option !== 'no-new-privileges' && !/[=:]/.test(option))
    throw invalid(`invalid --security-opt: ${JSON.stringify(option)}`);
  const path = /^seccomp[=:](.*)$/.exec(option)?.[1];
  if (path === undefined || path === 'unconfined' || path === 'builtin' || path.startsWith('{'))
    return option;
  try {
    return `seccomp=${readFileSync(path, 'utf8')}`;
  } catch (error) {
    throw invalid(`opening seccomp profile (${path}) failed: ${openFailure(path, error)}`, error);
  }
}

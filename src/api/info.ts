import { wallClockNanos } from '../events/clock.ts';
import { formatNanoseconds } from './timestamp.ts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, machine, release, totalmem } from 'node:os';
import type { InfoAnswer } from '../wire/system.ts';
import type { Engine, EngineFacts } from './engine.ts';
import { DEFAULT_LOG_DRIVER } from './host-config-view.ts';
import { infoWarnings } from './info-warnings.ts';
import { fileSystemName } from './file-system-name.ts';

/** The members of `GET /info` that clients of Docker read, with what is true of this engine. */
export function engineInfo(engine: Engine, version: number): InfoAnswer {
  const { facts } = engine;
  return {
    ID: facts.id,
    ...counts(engine),
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', fileSystemName(facts.dataRoot)],
      ['Supports d_type', 'true'],
      ['Using metacopy', 'false'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    Plugins: {
      Volume: engine.volumes.drivers(),
      Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null'],
      Authorization: null,
      Log: ['journald', 'json-file', 'local', 'none', 'syslog'],
    },
    ...limits(facts.cgroupVersion),
    Debug: facts.debug,
    NFd: readdirSync('/proc/self/fd').length,
    NGoroutines: process.getActiveResourcesInfo().length, // what runs at the same time here
    SystemTime: formatNanoseconds(wallClockNanos()),
    LoggingDriver: facts.logDriver ?? DEFAULT_LOG_DRIVER,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: String(facts.cgroupVersion),
    NEventsListener: 0,
    ...host(),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(engine),
    GenericResources: null,
    DockerRootDir: facts.dataRoot,
    HttpProxy: facts.proxies?.['HTTP_PROXY'] ?? '',
    HttpsProxy: facts.proxies?.['HTTPS_PROXY'] ?? '',
    NoProxy: facts.proxies?.['NO_PROXY'] ?? '',
    Name: facts.name,
    Labels: [...facts.labels],
    ExperimentalBuild: facts.experimental,
    ServerVersion: facts.version,
    Runtimes: { [facts.runtime.name]: { path: facts.runtime.path } },
    DefaultRuntime: facts.runtime.name,
    Swarm: inactiveSwarm,
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: 'docker-init',
    ...commits({ Containerd: '', Runc: facts.runtime.version, Init: '' }, version),
    SecurityOptions: securityOptions(facts, version),
    ...(version >= 49 && { FirewallBackend: { Driver: 'nftables' } }),
    ...(version < 50 && { BridgeNfIptables: false, BridgeNfIp6tables: false }),
    ...(facts.addressPools && {
      DefaultAddressPools: facts.addressPools.map(({ base, size }) => ({ Base: base, Size: size })),
    }),
    CDISpecDirs: [],
    Warnings: infoWarnings(engine, limits(facts.cgroupVersion)),
  };
}

/** Only names before API 1.25. */
function securityOptions(
  { cgroupVersion, seccompProfile = 'builtin' }: EngineFacts,
  version: number,
): string[] {
  if (version < 25) return ['seccomp'];
  return [`name=seccomp,profile=${seccompProfile}`, ...(cgroupVersion === 2 ? ['name=cgroupns'] : [])];
}

/** Before API 1.49 also those that were expected, which are always those that are there. */
function commits(ids: Readonly<Record<string, string>>, version: number) {
  const commit = (ID: string) => ({ ID, ...(version < 49 && ID !== '' && { Expected: ID }) });
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [`${name}Commit`, commit(id)]));
}

const inactiveSwarm = {
  NodeID: '',
  NodeAddr: '',
  LocalNodeState: 'inactive',
  ControlAvailable: false,
  Error: '',
  RemoteManagers: null,
};

function counts(engine: Engine) {
  const states = engine.containers.list().map((container) => container.state.status);
  const count = (...wanted: string[]): number => states.filter((status) => wanted.includes(status)).length;
  return {
    Containers: states.length,
    ContainersRunning: count('running', 'restarting'),
    ContainersPaused: count('paused'),
    ContainersStopped: count('created', 'exited', 'dead', 'removing'),
    Images: engine.images.list().length,
  };
}

function host() {
  return {
    KernelVersion: release(),
    OperatingSystem: osRelease('PRETTY_NAME') || 'Linux',
    OSVersion: osRelease('VERSION_ID'),
    OSType: 'linux',
    Architecture: machine(),
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
  };
}

function osRelease(name: string): string {
  try {
    const line = readFileSync('/etc/os-release', 'utf8').match(new RegExp(`^${name}=(.*)$`, 'm'));
    return (line?.[1] ?? '').replace(/^["'](.*)["']$/, '$1');
  } catch {
    return '';
  }
}

function limits(cgroupVersion: 1 | 2) {
  const has = cgroupVersion === 2 ? () => true : (name: string) => existsSync(`/sys/fs/cgroup/${name}`);
  return {
    MemoryLimit: has('memory'),
    SwapLimit: has('memory/memory.memsw.limit_in_bytes'),
    CpuCfsPeriod: has('cpu/cpu.cfs_period_us'),
    CpuCfsQuota: has('cpu/cpu.cfs_quota_us'),
    CPUShares: has('cpu/cpu.shares'),
    CPUSet: has('cpuset'),
    PidsLimit: has('pids'),
    ...(cgroupVersion === 1 && { KernelMemoryTCP: has('memory/memory.kmem.tcp.limit_in_bytes') }),
    OomKillDisable: cgroupVersion === 1 && has('memory/memory.oom_control'),
    IPv4Forwarding: true,
  };
}

function registryConfig({ facts }: Engine) {
  const mirrors = facts.registryMirrors.map((url) => `${url.replace(/\/+$/, '')}/`);
  const entry = (name: string, secure: boolean) => ({
    Name: name,
    Mirrors: name === 'docker.io' ? mirrors : [],
    Secure: secure,
    Official: name === 'docker.io',
  });
  const isNetwork = (name: string): boolean => name.includes('/');
  const insecure = facts.insecureRegistries.filter((name) => !isNetwork(name));
  return {
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8', ...facts.insecureRegistries.filter(isNetwork)],
    IndexConfigs: Object.fromEntries([
      ['docker.io', entry('docker.io', true)],
      ...insecure.map((name) => [name, entry(name, false)]),
    ]),
    Mirrors: mirrors,
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { hostPlatform } from '../../oci/platform.ts';
import type { SpecRlimit } from '../../oci/runtime-spec.ts';
import type { CgroupHierarchy } from '../cgroup/hierarchy.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { devicesAt, devicesBelow } from './devices.ts';
import { findInitProgram } from './find-program.ts';
import { ownCapabilities } from './own-capabilities.ts';

/** Rows of /proc/self/limits by the names that the specification uses. */
const limitNames: Readonly<Record<string, string>> = {
  'Max cpu time': 'CPU',
  'Max file size': 'FSIZE',
  'Max data size': 'DATA',
  'Max stack size': 'STACK',
  'Max core file size': 'CORE',
  'Max resident set': 'RSS',
  'Max processes': 'NPROC',
  'Max open files': 'NOFILE',
  'Max locked memory': 'MEMLOCK',
  'Max address space': 'AS',
  'Max file locks': 'LOCKS',
  'Max pending signals': 'SIGPENDING',
  'Max msgqueue size': 'MSGQUEUE',
  'Max nice priority': 'NICE',
  'Max realtime priority': 'RTPRIO',
  'Max realtime timeout': 'RTTIME',
};

/** Looks at the host once; about a millisecond. Devices are looked up when asked for. */
export function readHostFacts(cgroups: CgroupHierarchy): HostFacts {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return {
    cgroupVersion: cgroups.version,
    architecture: hostPlatform().architecture,
    kernel: [major, minor],
    capabilities: ownCapabilities(),
    rlimits: parseLimits(readFileSync('/proc/self/limits', 'utf8')),
    maxOpenFiles: Number(readFileSync('/proc/sys/fs/nr_open', 'utf8')),
    oomScoreAdj: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
    seccomp: /^Seccomp:/m.test(status),
    apparmor: hasApparmor(),
    swapLimit: hasSwapLimit(cgroups),
    blkioWeight: hasBlkioWeight(cgroups),
    extraMaskedPaths: thermalThrottles(),
    initProgram: findInitProgram(),
    devicesAt,
    allDevices: () => devicesBelow('/dev'),
  };
}

/** Reads the table of /proc/PID/limits: name, soft, hard, unit. */
export function parseLimits(table: string): SpecRlimit[] {
  return table.split('\n').flatMap((line) => {
    const match = /^(Max [a-z ]+?)\s{2,}(\S+)\s+(\S+)/.exec(line);
    const name = match?.[1] === undefined ? undefined : limitNames[match[1]];
    if (!match || !name) return [];
    return [{ type: `RLIMIT_${name}`, soft: parseLimit(match[2]), hard: parseLimit(match[3]) }];
  });
}

const parseLimit = (text = ''): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text));

function hasApparmor(): boolean {
  const file = '/sys/module/apparmor/parameters/enabled';
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('Y');
}

function hasSwapLimit(cgroups: CgroupHierarchy): boolean {
  if (cgroups.version === 1) return existsSync(`${cgroups.root}/memory/memory.memsw.limit_in_bytes`);
  return cgroups.has('memory') && existsSync('/proc/swaps');
}

function hasBlkioWeight(cgroups: CgroupHierarchy): boolean {
  if (cgroups.version === 2) return cgroups.has('io');
  const files = ['blkio.weight', 'blkio.bfq.weight'];
  return files.some((file) => existsSync(`${cgroups.root}/blkio/${file}`));
}

function thermalThrottles(): string[] {
  return Array.from({ length: availableParallelism() }, (_unused, index) => index)
    .map((index) => `/sys/devices/system/cpu/cpu${index}/thermal_throttle`)
    .filter((path) => existsSync(path));
}

import type { SpecProcess, SpecRlimit } from '../../oci/runtime-spec.ts';
import type { ProcessSpec } from '../types.ts';
import { type HostFacts, mayExceedLimits } from './host-facts.ts';

/** The process of a container or exec as the OCI runtime wants it. */
export function makeProcess(process: ProcessSpec, host: HostFacts): SpecProcess {
  const { user, capabilities } = process;
  return {
    terminal: process.tty,
    ...(process.tty && process.consoleSize && { consoleSize: process.consoleSize }),
    user: {
      uid: user.uid,
      gid: user.gid,
      // The primary group too: else a process could drop it and pass checks that deny the group (CVE-2022-36109).
      additionalGids: [...new Set([user.gid, ...user.additionalGids])],
    },
    args: process.args,
    env: process.env,
    cwd: process.cwd,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    ...(process.rlimits?.length && { rlimits: process.rlimits.map((limit) => withinLimits(limit, host)) }),
    noNewPrivileges: process.noNewPrivileges,
    ...(host.apparmor && process.apparmorProfile && { apparmorProfile: process.apparmorProfile }),
    ...(process.oomScoreAdj !== undefined && { oomScoreAdj: withinOomScore(process.oomScoreAdj, host) }),
  };
}

/** Negative is Docker's way to say unlimited. */
function withinLimits(limit: SpecRlimit, host: HostFacts): SpecRlimit {
  const type = limit.type.startsWith('RLIMIT_') ? limit.type : `RLIMIT_${limit.type.toUpperCase()}`;
  const own = host.rlimits.find((candidate) => candidate.type === type);
  const absolute = type === 'RLIMIT_NOFILE' ? host.maxOpenFiles : Number.POSITIVE_INFINITY;
  const most = own && !mayExceedLimits(host) ? own.hard : absolute;
  const cap = (value: number): number => Math.min(value < 0 ? Number.POSITIVE_INFINITY : value, most);
  return { type, soft: cap(limit.soft), hard: cap(limit.hard) };
}

/** Without CAP_SYS_RESOURCE the kernel refuses a score below the engine's own. */
function withinOomScore(score: number, host: HostFacts): number {
  return mayExceedLimits(host) ? score : Math.max(score, host.oomScoreAdj);
}

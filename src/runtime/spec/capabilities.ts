import { invalid } from '../../lib/errors.ts';

/** Every capability of Linux in its number's order (include/uapi/linux/capability.h). */
export const allCapabilities: readonly string[] = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST
  NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE
  SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
  BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

/** What Docker gives to a container that asks for nothing. */
export const defaultCapabilities: readonly string[] = `
  CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

const ALL = 'ALL';

export interface CapabilityRequest {
  readonly privileged: boolean;
  /** With or without `CAP_`, in any case; `ALL`. */
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

/**
 * The capabilities of a container. `available` are those that the engine has itself: it can't pass on others. Throws `invalid` with
 * Docker's texts for an unknown one.
 */
export function resolveCapabilities(
  request: CapabilityRequest,
  available: readonly string[] = allCapabilities,
): string[] {
  const add = request.add.map((name) => normalize(name, 'CapAdd', available));
  const drop = request.drop.map((name) => normalize(name, 'CapDrop', available));
  if (request.privileged) return [...available];
  if (add.includes(ALL)) return available.filter((name) => !drop.includes(name));
  const base = drop.includes(ALL) ? [] : defaultCapabilities.filter((name) => !drop.includes(name));
  return [...new Set([...base, ...add])].filter((name) => available.includes(name));
}

function normalize(name: string, field: string, available: readonly string[]): string {
  const upper = name.toUpperCase();
  if (upper === ALL) return ALL;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!allCapabilities.includes(full)) throw invalid(`invalid ${field}: unknown capability: "${full}"`);
  if (field === 'CapAdd' && !available.includes(full)) {
    throw invalid(
      `invalid CapAdd: capability not supported by your kernel or not available in the current environment: "${full}"`,
    );
  }
  return full;
}

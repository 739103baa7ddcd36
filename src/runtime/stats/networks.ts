import { readFileSync } from 'node:fs';
import { hasCode } from '../../lib/errors.ts';
import type { RuntimeStats } from '../types.ts';

/** Counters of all interfaces but the loopback in the network namespace of a process. */
export function readNetworks(pid: number): RuntimeStats['networks'] {
  try {
    return parseNetworks(readFileSync(`/proc/${pid}/net/dev`, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EINVAL')) return {};
    throw error;
  }
}

/** Reads /proc/net/dev: eight columns received, eight sent (proc_pid_net(5)). */
export function parseNetworks(text: string): RuntimeStats['networks'] {
  const networks: Record<string, RuntimeStats['networks'][string]> = {};
  for (const [, name = '', columns = ''] of text.matchAll(/^\s*([^\s:]+):\s*(\d.*)$/gm)) {
    if (name === 'lo') continue;
    const at = columns.trim().split(/\s+/).map(Number);
    const column = (index: number): number => at[index] ?? 0;
    networks[name] = {
      rxBytes: column(0),
      rxPackets: column(1),
      rxErrors: column(2),
      rxDropped: column(3),
      txBytes: column(8),
      txPackets: column(9),
      txErrors: column(10),
      txDropped: column(11),
    };
  }
  return networks;
}

import type { BuildRequest } from '../../build/types.ts';
import { invalid } from '../../lib/errors.ts';
import type { FrontendAttributes } from './attributes.ts';

/** What steps may use, as attributes say it. */
export function execLimits(
  attributes: FrontendAttributes,
): Pick<BuildRequest, 'ulimits' | 'cgroupParent' | 'hostname' | 'resources'> {
  const { ulimit, hostname } = attributes;
  const cgroupParent = attributes['cgroup-parent'];
  const resources = resourcesOf(attributes);
  return {
    ...(ulimit && { ulimits: ulimit.split(',').map(parseUlimit) }),
    ...(cgroupParent && { cgroupParent }),
    ...(hostname && { hostname }),
    ...(Object.keys(resources).length > 0 && { resources }),
  };
}

/** `nofile=1024:2048` */
function parseUlimit(text: string): NonNullable<BuildRequest['ulimits']>[number] {
  const [, type = '', soft = '', hard = soft] = /^\s*"?([a-z]+)=(-?\d+)(?::(-?\d+))?"?\s*$/.exec(text) ?? [];
  if (type === '') throw invalid(`failed to parse ulimit: invalid ulimit argument: ${text}`);
  return { type, soft: Number(soft), hard: Number(hard) };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function resourcesOf(attributes: FrontendAttributes): NonNullable<BuildRequest['resources']> {
  const found: Writable<NonNullable<BuildRequest['resources']>> = {};
  for (const [name, member] of [
    ['memory', 'memory'],
    ['memswap', 'memorySwap'],
    ['cpushares', 'cpuShares'],
    ['cpuperiod', 'cpuPeriod'],
    ['cpuquota', 'cpuQuota'],
  ] as const) {
    const text = attributes[name];
    if (text) found[member] = positive(name, text);
  }
  for (const [name, member] of [
    ['cpusetcpus', 'cpusetCpus'],
    ['cpusetmems', 'cpusetMems'],
  ] as const) {
    const text = attributes[name];
    if (!text) continue;
    if (!/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(text)) throw invalid(`invalid ${name} value: ${text}`);
    found[member] = text;
  }
  return found;
}

/** -1 takes the limit away, for swap. */
function positive(name: string, text: string): number {
  const value = Number(text);
  if (name === 'memswap' && value === -1) return value;
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw invalid(`failed to parse resource limits: invalid ${name} value: ${text}`);
  if (value === 0)
    throw invalid(`failed to parse resource limits: invalid ${name} value: ${text}: must be > 0`);
  return value;
}

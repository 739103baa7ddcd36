import { readFileSync } from 'node:fs';
import { invalid } from '../../lib/errors.ts';

const online = { cpus: '/sys/devices/system/cpu/online', mems: '/sys/devices/system/node/online' } as const;
const words = { cpus: 'CPUs', mems: 'memory nodes' } as const;
/** More than any kernel has; a wider range is a slip or an attack. */
const MOST = 8192;

/** Refuses a set such as `0-2,5` that is none or that this host does not have, with Docker's texts. */
export function checkCpuset(name: keyof typeof online, text: string): void {
  const wanted = parseSet(text);
  if (!wanted) throw invalid(`Invalid value ${text} for cpuset ${name}: invalid format: ${text}`);
  const available = readOnline(name);
  const have = available === undefined ? undefined : parseSet(available);
  if (have && !wanted.isSubsetOf(have))
    throw invalid(`Requested ${words[name]} are not available - requested ${text}, available: ${available}`);
}

function parseSet(text: string): Set<number> | undefined {
  const set = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first) || Number(last) >= MOST) return undefined;
    for (let index = Number(first); index <= Number(last); index += 1) set.add(index);
  }
  return set;
}

/** Undefined on a kernel that does not tell. */
function readOnline(name: keyof typeof online): string | undefined {
  try {
    return readFileSync(online[name], 'utf8').trim();
  } catch {
    return undefined;
  }
}

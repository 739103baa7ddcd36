import { readFileSync } from 'node:fs';

/** The flags that each level of x86-64 adds (x86-64 psABI, micro-architecture levels), as Linux spells them. */
const levels: readonly [level: string, flags: readonly string[]][] = [
  ['v2', ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3']],
  ['v3', ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave']],
  ['v4', ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']],
];

/** The highest level whose flags a processor has, `v1` to `v4`. */
export function levelOf(flags: ReadonlySet<string>): string {
  const missed = levels.findIndex(([, wanted]) => !wanted.every((flag) => flags.has(flag)));
  const reached = missed < 0 ? levels.length : missed;
  return levels[reached - 1]?.[0] ?? 'v1';
}

/** The level of this host; undefined on other architectures. */
export function hostLevel(): string | undefined {
  if (process.arch !== 'x64') return undefined;
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
  return flags === undefined ? undefined : levelOf(new Set(flags.trim().split(/\s+/)));
}

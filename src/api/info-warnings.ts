import type { Engine } from './engine.ts';

interface Limits {
  readonly MemoryLimit: boolean;
  readonly SwapLimit: boolean;
  readonly CpuCfsQuota: boolean;
  readonly CPUShares: boolean;
  readonly CPUSet: boolean;
  readonly PidsLimit: boolean;
}

const limitWarnings = {
  MemoryLimit: 'No memory limit support',
  SwapLimit: 'No swap limit support',
  CpuCfsQuota: 'No cpu cfs quota support',
  CPUShares: 'No cpu shares support',
  CPUSet: 'No cpuset support',
  PidsLimit: 'No pids limit support',
} as const satisfies Record<keyof Limits, string>;

/** What whoever runs the engine should know, in Docker's words where it has them; null when nothing is wrong. */
export function infoWarnings({ facts, networks }: Engine, limits: Limits): string[] | null {
  const lacking = Object.entries(limitWarnings).filter(([name]) => !limits[name as keyof Limits]);
  const texts = [
    ...facts.unguarded.map(
      (host) =>
        `API is accessible on ${host.replace(/^tcp:/, 'http:')} without a check of who comes.\n` +
        '         Access to the remote API is equivalent to root access on the host: use --tlsverify',
    ),
    ...lacking.map(([, text]) => text),
    ...networks.warnings(),
  ];
  return texts.length > 0 ? texts.map((text) => `WARNING: ${text}`) : null;
}

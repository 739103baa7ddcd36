import { invalid } from '../../lib/errors.ts';

const HOUR = 3_600_000;
const units: Readonly<Record<string, number>> = { w: 168 * HOUR, d: 24 * HOUR, h: HOUR, m: 60_000, s: 1000 };

/** When an image is pulled (`pull_policy`, `--pull`). */
export interface PullRule {
  readonly policy: string;
  /** Whether it is pulled when it is not there, or too old. */
  readonly pulls: boolean;
  /** Whether an image that is there is not good enough. */
  isStale(image: { readonly Metadata?: { readonly LastTagTime?: string } }): boolean;
}

/** Reads `always`, `never`, `missing`, `if_not_present`, `build`, `daily`, `weekly` and `every_12h`. */
export function pullRule(policy = 'missing'): PullRule {
  switch (policy) {
    case 'always':
      return { policy, pulls: true, isStale: () => true };
    case 'never':
    case 'build':
      return { policy, pulls: false, isStale: () => false };
    case 'missing':
    case 'if_not_present':
      return { policy, pulls: true, isStale: () => false };
    default: {
      const age = ageOf(policy);
      return {
        policy,
        pulls: true,
        isStale: ({ Metadata }) => Date.now() > Date.parse(Metadata?.LastTagTime ?? '') + age,
      };
    }
  }
}

function ageOf(policy: string): number {
  if (policy === 'daily') return 24 * HOUR;
  if (policy === 'weekly') return 168 * HOUR;
  const text = /^every_((?:\d+[wdhms])+)$/.exec(policy)?.[1];
  if (text === undefined) throw invalid(`unknown pull policy ${JSON.stringify(policy)}`);
  return [...text.matchAll(/(\d+)([wdhms])/g)].reduce(
    (sum, [, count = '0', unit = 's']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}

import type { HealthcheckConfig } from '../../oci/image-config.ts';
import type { ContainerState, Health, HealthProbe } from '../types.ts';

const KEPT_PROBES = 5;
const NANOS_PER_MILLISECOND = 1_000_000;

/** A health check with Docker's defaults; times in milliseconds. */
export interface HealthPlan {
  /** `['CMD', …]` or `['CMD-SHELL', line]` */
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

/** Undefined when there is nothing to check: no test, `NONE`, or an empty one. */
export function healthPlan(config: HealthcheckConfig | undefined): HealthPlan | undefined {
  const test = config?.Test ?? [];
  if (!config || test.length === 0 || test[0] === 'NONE') return undefined;
  const milliseconds = (nanoseconds: number | undefined, byDefault: number): number =>
    nanoseconds ? nanoseconds / NANOS_PER_MILLISECOND : byDefault;
  return {
    test,
    interval: milliseconds(config.Interval, 30_000),
    timeout: milliseconds(config.Timeout, 30_000),
    startPeriod: milliseconds(config.StartPeriod, 0),
    startInterval: milliseconds(config.StartInterval, 5_000),
    retries: config.Retries || 3,
  };
}

export const startingHealth: Health = { status: 'starting', failingStreak: 0, log: [] };

/**
 * Health after one more probe. While a container has never been healthy, failures in its start period don't count; one success
 * ends the start, `retries` failures in a row end the health.
 */
export function afterProbe(health: Health, probe: HealthProbe, plan: HealthPlan, startedAt: Date): Health {
  const log = [...health.log, probe].slice(-KEPT_PROBES);
  if (probe.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  const isForgiven =
    health.status === 'starting' && probe.start.getTime() - startedAt.getTime() < plan.startPeriod;
  if (isForgiven) return { ...health, log };
  const failingStreak = health.failingStreak + 1;
  return { status: failingStreak >= plan.retries ? 'unhealthy' : health.status, failingStreak, log };
}

/** Milliseconds until the next probe. */
export function probeDelay(health: Health, plan: HealthPlan, startedAt: Date, now: Date): number {
  const isStarting = health.status === 'starting' && now.getTime() - startedAt.getTime() < plan.startPeriod;
  return isStarting ? plan.startInterval : plan.interval;
}

/** What does not run is not healthy, as Docker tells it. */
export function healthAfterExit(state: ContainerState): Health | undefined {
  const health = 'health' in state ? state.health : undefined;
  return health && { ...health, status: 'unhealthy' };
}

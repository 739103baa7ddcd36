import type { Healthcheck } from '../model/types.ts';
import type { Plain } from './manifest.ts';

/** A health check as probes: one says when traffic may come, one when the container is of no use any more. */
export function probes(check: Healthcheck | undefined): Record<string, Plain> {
  const command = commandOf(check?.test);
  if (!check || check.disable || !command) return {};
  const probe = {
    exec: { command },
    periodSeconds: seconds(check.interval, 30),
    timeoutSeconds: seconds(check.timeout, 30),
    failureThreshold: check.retries ?? 3,
  };
  const start = check.startPeriod === undefined ? undefined : seconds(check.startPeriod, 0);
  return {
    readinessProbe: probe,
    livenessProbe: { ...probe, initialDelaySeconds: start },
  };
}

function commandOf(test: readonly string[] | undefined): readonly string[] | undefined {
  const [kind, ...words] = test ?? [];
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? ['sh', '-c', words.join(' ')] : undefined;
}

/** Whole seconds of nanoseconds, one at least. */
const seconds = (nanoseconds: number | undefined, absent: number): number =>
  nanoseconds === undefined ? absent : Math.max(1, Math.ceil(nanoseconds / 1e9));

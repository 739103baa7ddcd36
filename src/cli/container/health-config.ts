import { parseDuration } from '../../lib/duration.ts';
import { invalid } from '../../lib/errors.ts';
import type { HealthConfig } from '../../wire/container.ts';
import { bool, checked, given, int, text, type Values } from '../flags.ts';

const duration = (help: string) =>
  checked(text(`${help} (ms|s|m|h) (default 0s)`, undefined, 'duration'), parseDuration);

export const healthFlags = {
  'health-cmd': text('Command to run to check health'),
  'health-interval': duration('Time between running the check'),
  'health-retries': int('Consecutive failures needed to report unhealthy'),
  'health-start-interval': duration('Time between running the check during the start period'),
  'health-start-period': duration(
    'Start period for the container to initialize before starting health-retries countdown',
  ),
  'health-timeout': duration('Maximum time to allow one check to run'),
  'no-healthcheck': bool('Disable any container-specified HEALTHCHECK'),
} as const;

type HealthValues = Values<typeof healthFlags>;

/** The health check that the flags ask for; undefined leaves it to the image. */
export function healthConfig(flags: HealthValues): HealthConfig | undefined {
  const config: HealthConfig = {
    ...(flags['health-cmd'] !== undefined && { Test: ['CMD-SHELL', flags['health-cmd']] }),
    ...given('Interval', spanOf(flags, 'health-interval')),
    ...given('Timeout', spanOf(flags, 'health-timeout')),
    ...given('StartPeriod', spanOf(flags, 'health-start-period')),
    ...given('StartInterval', spanOf(flags, 'health-start-interval')),
    ...given('Retries', positive('health-retries', flags['health-retries'])),
  };
  const empty = Object.keys(config).length === 0;
  if (!flags['no-healthcheck']) return empty ? undefined : config;
  if (!empty) throw invalid('--no-healthcheck conflicts with --health-* options');
  return { Test: ['NONE'] };
}

type SpanFlag = 'health-interval' | 'health-timeout' | 'health-start-period' | 'health-start-interval';

function spanOf(flags: HealthValues, name: SpanFlag): number | undefined {
  const value = flags[name];
  return positive(name, value === undefined ? undefined : parseDuration(value));
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && value < 0) throw invalid(`--${name} cannot be negative`);
  return value;
}

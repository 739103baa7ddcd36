import { invalid } from '../lib/errors.ts';
import { parseDuration } from '../lib/duration.ts';

const SECOND = 1_000_000_000n;

/**
 * Parses the times that clients send in `since` and `until`: seconds since 1970 with up to nine digits of fraction, RFC 3339
 * (also without zone or time), or a Go duration before `now`. Nanoseconds since 1970.
 */
export function parseTimestamp(text: string, now: Date = new Date()): bigint {
  const seconds = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (seconds) {
    const value = BigInt(seconds[2] ?? 0) * SECOND + BigInt((seconds[3] ?? '').padEnd(9, '0'));
    return seconds[1] ? -value : value;
  }
  const date = parseDate(text);
  if (date !== undefined) return date;
  try {
    return BigInt(now.getTime()) * 1_000_000n - BigInt(parseDuration(text));
  } catch {
    throw invalid(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
  }
}

function parseDate(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (!match) return undefined;
  const [, day, time = '00:00:00', fraction = '', zone = 'Z'] = match;
  const whole = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  if (Number.isNaN(whole)) return undefined;
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** Prints nanoseconds since 1970 as RFC 3339 with nine digits of fraction. */
export function formatNanoseconds(time: bigint): string {
  const seconds = time / SECOND;
  const fraction = time % SECOND;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction.toString().padStart(9, '0')}Z`;
}

/** Docker's zero time, for what has not happened. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

export const formatDate = (date: Date | undefined): string => date?.toISOString() ?? ZERO_TIME;

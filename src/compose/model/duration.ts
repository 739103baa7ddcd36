import { invalid } from '../../lib/errors.ts';
import { type Nanoseconds, parseDuration } from '../../lib/duration.ts';

/** Durations of Compose files: Go's, and days and weeks on top. `0` needs no unit. */
export function parseComposeDuration(text: string): Nanoseconds {
  const match = /^(?:(\d+)w)?(?:(\d+)d)?(.*)$/.exec(text.trim());
  const [, weeks = '0', days = '0', rest = ''] = match ?? [];
  if (text.trim() === '') throw invalid('time: invalid duration ""');
  return (Number(weeks) * 7 + Number(days)) * 86_400e9 + (rest === '' ? 0 : parseDuration(rest));
}

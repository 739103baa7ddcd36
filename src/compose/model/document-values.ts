import { formatDuration } from '../../lib/duration.ts';

/** A number as Compose writes sizes: text. */
export const sizeText = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

/** `1m30s` of nanoseconds. */
export const durationText = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : formatDuration(value);

/** A file mode as the specification wants it: octal, in quotes. */
export const modeText = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `0${value.toString(8)}`;

/** Without members that are undefined or empty; null is kept where it was written. */
export function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.map((item) => clean(item) ?? {}) : undefined;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, clean(item)] as const)
    .filter(([, item]) => item !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

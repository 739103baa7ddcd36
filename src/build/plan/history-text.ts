import type { HealthcheckConfig } from '../../oci/image-config.ts';

/** Go's `%q` of a string, as far as Docker's history shows it. */
export const quoteGo = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}"`;

/** Go's `%q` of a slice: `["sh" "-c"]`. */
export const quoteGoList = (items: readonly string[]): string => `[${items.map(quoteGo).join(' ')}]`;

/** `RUN |2 A=1 B=2 /bin/sh -c make # buildkit` */
export function runHistory(args: readonly string[], buildArgs: readonly string[]): string {
  const prefix = buildArgs.length > 0 ? [`|${buildArgs.length}`, ...buildArgs] : [];
  return ['RUN', ...prefix, ...args, '# buildkit'].join(' ');
}

/** `HEALTHCHECK &{["CMD-SHELL" "x"] "30s" "0s" "0s" "0s" '\x03'}`: Go's print of the structure. */
export function healthcheckHistory(check: HealthcheckConfig): string {
  const times = [check.Interval, check.Timeout, check.StartPeriod, check.StartInterval].map(
    (value) => `"${formatGoDuration(value ?? 0)}"`,
  );
  const retries = check.Retries ?? 0;
  return `HEALTHCHECK &{${quoteGoList(check.Test ?? [])} ${times.join(' ')} ${quoteGoRune(retries)}}`;
}

const named: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  39: "\\'",
  92: '\\\\',
};

function quoteGoRune(code: number): string {
  if (named[code] !== undefined) return `'${named[code]}'`;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  return `'${String.fromCodePoint(Math.min(code, 0x10ffff))}'`;
}

/** Go's time.Duration.String: `1m30s`, `1.5s`, `300ms`, `0s`. */
export function formatGoDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  for (const [unit, size] of [
    ['ns', 1],
    ['µs', 1e3],
    ['ms', 1e6],
  ] as const)
    if (nanoseconds < size * 1000) return `${nanoseconds / size}${unit}`;
  const seconds = nanoseconds / 1e9;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${Number((seconds % 60).toFixed(9))}s`;
  return hours > 0 ? `${hours}h${minutes}m${rest}` : minutes > 0 ? `${minutes}m${rest}` : rest;
}

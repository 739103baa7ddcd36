import { invalid, messageOf } from '../../lib/errors.ts';

/** A span in words as Docker says it: `Less than a second`, `5 seconds`, `About a minute`, `3 hours`, `2 weeks`. */
export function humanDuration(seconds: number): string {
  if (seconds < 1) return 'Less than a second';
  if (seconds < 2) return '1 second';
  if (seconds < 60) return `${Math.floor(seconds)} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

/** A moment as Go prints it: `2026-01-02 03:04:05.123 +0000 UTC`. */
export const fullTime = (moment: Date): string =>
  moment
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, ' +0000 UTC');

/** `3 hours ago` of seconds since 1970. */
export const ago = (seconds: number, now = Date.now() / 1000): string =>
  `${humanDuration(Math.max(0, now - seconds))} ago`;

/**
 * A moment as `--since` takes it (`10m`, `2026-01-02T03:04:05Z`, `1700000000.5`, `2026-01-02`) as seconds for the API.
 */
export function parseMoment(text: string, now = Date.now()): string {
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  const span = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (span && text !== '') {
    const [, hours = '0', minutes = '0', seconds = '0'] = span;
    return ((now - (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000) / 1000).toFixed(3);
  }
  const date = Date.parse(/T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(date)) throw invalid(`failed to parse value as time or duration: "${text}"`);
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  return fraction === '' ? String(date / 1000) : `${Math.floor(date / 1000)}.${fraction.padEnd(9, '0')}`;
}

/** The value of `--since` or `--until`, as `parseMoment`. */
export function momentOf(flag: 'since' | 'until', text: string): string {
  try {
    return parseMoment(text);
  } catch (error) {
    throw invalid(`invalid value for "${flag}": ${messageOf(error)}`, error);
  }
}

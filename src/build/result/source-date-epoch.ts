import { invalid } from '../../lib/errors.ts';

/**
 * The time (seconds since 1970) later than which nothing in the result may be (https://reproducible-builds.org/docs/source-date-epoch/).
 * Undefined when none was asked for.
 */
export function sourceDateEpoch(buildArgs: Readonly<Record<string, string | null>>): number | undefined {
  const text = buildArgs['SOURCE_DATE_EPOCH'];
  return text ? parseEpoch(text, 'SOURCE_DATE_EPOCH') : undefined;
}

export function parseEpoch(text: string, name: string): number {
  const seconds = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isFinite(new Date(seconds * 1000).getTime()))
    throw invalid(`invalid ${name}: ${text}: it is the number of seconds since 1970`);
  return seconds;
}

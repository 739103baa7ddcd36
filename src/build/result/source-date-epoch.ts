import { invalid } from '../../lib/errors.ts';

/** The value of `SOURCE_DATE_EPOCH`: as it was given, else as the Dockerfile gives it before its first stage. */
export function epochOf(
  { globalArgs }: { readonly globalArgs: ReadonlyMap<string, string> },
  { buildArgs }: { readonly buildArgs: Readonly<Record<string, string | null>> },
): string | undefined {
  return buildArgs['SOURCE_DATE_EPOCH'] ?? globalArgs.get('SOURCE_DATE_EPOCH');
}

/**
 * The time (seconds since 1970) later than which nothing in the result may be (https://reproducible-builds.org/docs/source-date-epoch/).
 * Undefined when none was asked for.
 */
export function readEpoch(text: string | undefined): number | undefined {
  if (!text || text === OF_CONTEXT) return undefined;
  return parseEpoch(text, 'SOURCE_DATE_EPOCH');
}

/** In the place of a number: the time of the context; a directory has none. */
export const OF_CONTEXT = 'context';

export function parseEpoch(text: string, name: string): number {
  const seconds = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isFinite(new Date(seconds * 1000).getTime()))
    throw invalid(`invalid ${name}: ${text}: it is the number of seconds since 1970`);
  return seconds;
}

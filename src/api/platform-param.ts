import { invalid, messageOf, notFound } from '../lib/errors.ts';
import type { Image } from '../image/types.ts';
import { formatPlatform, parsePlatform, type Platform, platformMatches } from '../oci/platform.ts';
import { queryText } from './query.ts';

/** A platform as JSON: `{"os":"linux","architecture":"arm64"}`. */
export function platformParam(query: URLSearchParams, name = 'platform'): Platform | undefined {
  const text = queryText(query, name);
  if (text === undefined) return undefined;
  try {
    const { os, architecture, variant } = JSON.parse(text) as Record<string, unknown>;
    return parsePlatform([os, architecture, variant].filter(Boolean).join('/'));
  } catch (error) {
    throw invalid(`failed to parse platform: ${messageOf(error)}`, error);
  }
}

/** An image is of one platform; throws where another one is asked for. */
export function checkPlatform(image: Image, name: string, wanted: Platform | undefined): void {
  if (!wanted || platformMatches(image.config, wanted)) return;
  throw notFound(
    `image with reference ${name} was found but its platform (${formatPlatform(image.config)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}

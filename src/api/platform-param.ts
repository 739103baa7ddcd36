import { invalid } from '../lib/errors.ts';
import { parsePlatform, type Platform } from '../oci/platform.ts';
import { queryText } from './query.ts';

/** A platform as JSON: `{"os":"linux","architecture":"arm64"}`. */
export function platformParam(query: URLSearchParams, name = 'platform'): Platform | undefined {
  const text = queryText(query, name);
  return text === undefined ? undefined : parse(text);
}

/** The same, any number of times. */
export function platformParams(query: URLSearchParams, name: string): Platform[] {
  return query.getAll(name).filter(Boolean).map(parse);
}

function parse(text: string): Platform {
  const { os, architecture, variant } = parseObject(text);
  if (!isText(os) || !isText(architecture) || !isText(variant))
    throw invalid('failed to parse platform: json: cannot unmarshal into Go value of type string');
  if (!os || !architecture) throw invalid('both OS and Architecture must be provided');
  return parsePlatform([os, architecture, variant].filter(Boolean).join('/'));
}

const isText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(
      `failed to parse platform: invalid character '${text.trim().charAt(0)}' looking for beginning of value`,
      error,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw invalid('failed to parse platform: want an object with os and architecture');
}

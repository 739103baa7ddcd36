import { invalid, messageOf } from '../../lib/errors.ts';
import { parsePlatform } from '../../oci/platform.ts';

/** The value of `--platform` as the API takes it where it chooses a part of an image: JSON. */
export function platformJson(platform: string | undefined): string | undefined {
  if (platform === undefined) return undefined;
  try {
    return JSON.stringify(parsePlatform(platform));
  } catch (error) {
    throw invalid(`invalid platform: ${messageOf(error)}`, error);
  }
}

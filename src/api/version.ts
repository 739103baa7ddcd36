import { invalid } from '../lib/errors.ts';
import { API_VERSION, MAX_API_VERSION, MIN_API_VERSION } from '../wire/system.ts';

const minorOf = (version: string): number => Number(version.split('.')[1]);
const told = minorOf(API_VERSION);
const newest = minorOf(MAX_API_VERSION);
const oldest = minorOf(MIN_API_VERSION);

/**
 * Splits `/v1.44/info` into the path and the minor version 44. A path without a prefix speaks the version that clients are told of.
 * Throws Docker's texts for versions that are not served.
 */
export function negotiate(path: string): { path: string; version: number } {
  const prefix = /^\/v(\d+)((?:\.\d+)*)(?=\/)/.exec(path);
  if (!prefix) return { path, version: told };
  const asked = `${prefix[1]}${prefix[2]}`;
  const major = Number(prefix[1]);
  const minor = Number(prefix[2]?.split('.')[1] ?? 0);
  if (major > 1 || (major === 1 && minor > newest))
    throw invalid(`client version ${asked} is too new. Maximum supported API version is ${API_VERSION}`);
  if (major < 1 || minor < oldest) {
    throw invalid(
      `client version ${asked} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  return { path: path.slice(prefix[0].length), version: minor };
}

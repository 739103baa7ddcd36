import { invalid, messageOf } from '../../lib/errors.ts';
import type { ProfileRule, SeccompProfile } from './types.ts';

/** Reads a profile in Docker's JSON format. Throws `invalid` with Docker's texts, naming the rule at fault. */
export function parseProfile(text: string): SeccompProfile {
  const profile = parseJson(text);
  const syscalls = profile.syscalls ?? [];
  if (!Array.isArray(syscalls)) throw malformed("'syscalls' is not a list");
  if (typeof profile.defaultAction !== 'string' || profile.defaultAction === '') {
    throw malformed("'defaultAction' is missing");
  }
  if (profile.architectures?.length && profile.archMap?.length) {
    throw invalid("use either 'architectures' or 'archMap' in the seccomp profile, but not both");
  }
  syscalls.forEach(checkRule);
  return profile;
}

function parseJson(text: string): SeccompProfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(messageOf(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('not an object');
  return value as SeccompProfile;
}

function checkRule(rule: ProfileRule, index: number): void {
  const place = `syscalls[${index}]`;
  if (typeof rule !== 'object' || rule === null) throw malformed(`${place} is not an object`);
  if (rule.name && rule.names?.length) {
    throw invalid("use either 'name' or 'names' in the seccomp profile, but not both");
  }
  const names = rule.names?.length ? rule.names : [rule.name];
  if (!names.every((name) => typeof name === 'string' && name !== ''))
    throw malformed(`${place} names no call`);
  if (typeof rule.action !== 'string') throw malformed(`${place} has no action`);
  const minKernel = rule.includes?.minKernel ?? rule.excludes?.minKernel;
  if (minKernel !== undefined && !/^\d+\.\d+/.test(minKernel)) {
    throw malformed(`${place}: '${minKernel}' is no kernel version`);
  }
}

const malformed = (detail: string): Error => invalid(`Decoding seccomp profile failed: ${detail}`);

import { invalid } from '../../lib/errors.ts';
import { ownCapabilities } from '../host/own-capabilities.ts';
import { allCapabilities, defaultCapabilities } from './capability-names.ts';

const ALL = 'ALL';

export interface CapabilityRequest {
  readonly privileged: boolean;
  /** With or without `CAP_`, in any case; `ALL`. */
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

/**
 * The capabilities of a container. `available` are those that the engine has itself: it can't pass on others. Throws `invalid` with
 * Docker's texts for an unknown one.
 */
export function resolveCapabilities(
  request: CapabilityRequest,
  available: readonly string[] = ownCapabilities(),
): string[] {
  const add = request.add.map((name) => normalize(name, 'CapAdd', available));
  const drop = request.drop.map((name) => normalize(name, 'CapDrop', available));
  if (request.privileged) return [...available];
  if (add.includes(ALL)) return available.filter((name) => !drop.includes(name));
  const base = drop.includes(ALL) ? [] : defaultCapabilities.filter((name) => !drop.includes(name));
  return [...new Set([...base, ...add])].filter((name) => available.includes(name));
}

function normalize(name: string, field: string, available: readonly string[]): string {
  const upper = name.toUpperCase();
  if (upper === ALL) return ALL;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!allCapabilities.includes(full)) throw invalid(`invalid ${field}: unknown capability: "${full}"`);
  if (field === 'CapAdd' && !available.includes(full)) {
    throw invalid(
      `invalid CapAdd: capability not supported by your kernel or not available in the current environment: "${full}"`,
    );
  }
  return full;
}

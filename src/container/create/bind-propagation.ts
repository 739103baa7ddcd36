import { invalid } from '../../lib/errors.ts';
import type { MountRequest } from '../types.ts';

/**
 * How mounts reach a bind and come from it. One that shows the engine's data has to let go of the mounts there when the engine does,
 * else they could not be removed: it must be a slave or shared, with what is below it. Throws `invalid` for another wish.
 */
export function bindPropagation({ source, propagation = '' }: MountRequest, dataRoot: string): string {
  if (!isWithin(source, dataRoot) && !isWithin(dataRoot, source)) return propagation || 'rprivate';
  if (propagation !== '' && propagation !== 'rslave' && propagation !== 'rshared')
    throw invalid(
      'invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, ' +
        `daemon root: "${dataRoot}", bind mount source: "${source}", propagation: "${propagation}"`,
    );
  return propagation || 'rslave';
}

const isWithin = (path: string, parent: string): boolean =>
  path === parent || path.startsWith(parent.endsWith('/') ? parent : `${parent}/`);

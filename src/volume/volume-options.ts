import { invalid } from '../lib/errors.ts';
import type { VolumeOptions } from './driver.ts';

const known = new Set(['type', 'o', 'device', 'size']);
/** An option that is there needs these beside it. */
const needs: Readonly<Record<string, readonly string[]>> = {
  device: ['type'],
  type: ['device'],
  o: ['device', 'type'],
};

/** Checks the options of the local driver, with Docker's texts. `size` is a quota, which volume directories here have not. */
export function checkVolumeOptions(name: string, options: VolumeOptions): void {
  const fail = (text: string): Error => invalid(`create ${name}: ${text}`);
  for (const option of Object.keys(options))
    if (!known.has(option)) throw fail(`invalid option: ${JSON.stringify(option)}`);
  for (const [option, others] of Object.entries(needs))
    for (const other of option in options ? others : [])
      if (!(other in options)) throw fail(`missing required option: ${JSON.stringify(other)}`);
  if (options['size'] !== undefined) throw fail('quota size requested but no quota support');
}

/** Whether a volume is mounted from somewhere, instead of being a plain directory. */
export const isMounted = (options: VolumeOptions): boolean => Boolean(options['device'] || options['type']);

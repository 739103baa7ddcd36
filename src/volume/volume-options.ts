import { invalid } from '../lib/errors.ts';

type Options = Readonly<Record<string, string>>;

const known = new Set(['type', 'o', 'device', 'size']);
/** An option that is there needs these beside it. */
const needs: Readonly<Record<string, readonly string[]>> = {
  device: ['type'],
  type: ['device'],
  o: ['device', 'type'],
};

/** Checks the options of the local driver, with Docker's texts. `size` is a quota, which overlay's file systems here have not. */
export function checkVolumeOptions(name: string, options: Options): void {
  const fail = (text: string): Error => invalid(`create ${name}: ${text}`);
  for (const option of Object.keys(options)) {
    if (!known.has(option)) throw fail(`invalid option: ${JSON.stringify(option)}`);
    for (const other of needs[option] ?? [])
      if (!(other in options)) throw fail(`missing required option: ${JSON.stringify(other)}`);
  }
  if (options['size'] !== undefined)
    throw fail('quota size requested but no quota support on the volume directory');
}

/** Whether a volume is mounted from somewhere, instead of being a plain directory. */
export const isMounted = (options: Options): boolean => options['device'] !== undefined;

export function sameOptions(left: Options, right: Options): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';
import { statInRoot } from './stat-in-root.ts';

/** TZ-NODATA: a time zone by name, and nothing in the image that says what it is. */
export function findTimeZone({ record, root }: Evidence): Finding[] {
  const zone = record.spec.env.findLast((entry) => entry.startsWith('TZ='))?.slice('TZ='.length) ?? '';
  if (!/^[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z_-]+){1,2}$/.test(zone)) return [];
  if (statInRoot(root, `/usr/share/zoneinfo/${zone}`) !== undefined) return [];
  const has = statInRoot(root, '/usr/share/zoneinfo') !== undefined;
  return [
    {
      code: 'TZ-NODATA',
      text: has
        ? `TZ=${zone} is no time zone that its image knows: its clock is UTC`
        : `TZ=${zone} means nothing to the C library: the image has no /usr/share/zoneinfo`,
      fix: has
        ? 'look into /usr/share/zoneinfo for the right name'
        : 'install the package tzdata in the image',
    },
  ];
}

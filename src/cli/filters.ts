import { invalid } from '../lib/errors.ts';
import type { Filters } from '../wire/filters.ts';
import { checked, list } from './flags.ts';

/** The flag `--filter` of a list. */
export const filterFlag = (help: string, short?: string) => checked(list(help, short, 'filter'), parseFilter);

/** `--filter name=value` as the API takes it. */
export function parseFilters(specs: readonly string[]): Filters {
  const byName = Map.groupBy(specs.filter(Boolean).map(parseFilter), ([name]) => name);
  return Object.fromEntries([...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]));
}

function parseFilter(spec: string): readonly [name: string, value: string] {
  if (spec === '') return ['', '']; // as if it were not there
  const equals = spec.indexOf('=');
  if (equals < 0) throw invalid('bad format of filter (expected name=value)');
  return [spec.slice(0, equals).trim().toLowerCase(), spec.slice(equals + 1).trim()];
}

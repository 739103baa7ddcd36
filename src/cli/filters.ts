import { invalid } from '../lib/errors.ts';
import type { Filters } from '../wire/filters.ts';
import { checked, list } from './flags.ts';

/** The flag `--filter` of a list. */
export const filterFlag = (help: string, short?: string) => checked(list(help, short, 'filter'), parseFilter);

/** `--filter name=value` as the API takes it. */
export function parseFilters(specs: readonly string[]): Filters {
  const filters: Record<string, string[]> = {};
  for (const [name, value] of specs.map(parseFilter)) (filters[name] ??= []).push(value);
  return filters;
}

function parseFilter(spec: string): readonly [name: string, value: string] {
  const equals = spec.indexOf('=');
  if (equals < 0) throw invalid('bad format of filter (expected name=value)');
  return [spec.slice(0, equals).trim().toLowerCase(), spec.slice(equals + 1).trim()];
}

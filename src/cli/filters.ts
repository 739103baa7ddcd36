import { invalid } from '../lib/errors.ts';
import type { Filters } from '../wire/filters.ts';

/** `--filter name=value` as the API takes it. */
export function parseFilters(specs: readonly string[]): Filters {
  const filters: Record<string, string[]> = {};
  for (const spec of specs) {
    const equals = spec.indexOf('=');
    if (equals < 0)
      throw invalid(
        `invalid argument "${spec}" for "-f, --filter" flag: bad format of filter (expected name=value)`,
      );
    (filters[spec.slice(0, equals).trim().toLowerCase()] ??= []).push(spec.slice(equals + 1).trim());
  }
  return filters;
}

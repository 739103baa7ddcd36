import type { Pruning } from '../build/gc/types.ts';
import { parseDuration } from '../lib/duration.ts';
import { invalid, messageOf } from '../lib/errors.ts';
import { defined } from './defined.ts';
import type { Filters } from './filters.ts';
import { queryBool, queryText } from './query.ts';

/** Filters of `POST /build/prune` that are about what a record is. */
const fields = ['id', 'parent', 'type', 'description', 'inuse', 'shared', 'private'] as const;
export const pruneFilters: readonly string[] = [...fields, 'until', 'unused-for', 'label', 'label!'];

/** The query of `POST /build/prune`. */
export function cachePruning(query: URLSearchParams, filters: Filters): Pruning {
  return {
    all: queryBool(query, 'all'),
    filters: [expressionOf(filters)],
    ...defined({
      keepDuration: untilOf(filters),
      reservedSpace: spaceOf(query, 'reserved-space') ?? spaceOf(query, 'keep-storage'),
      maxUsedSpace: spaceOf(query, 'max-used-space'),
      minFreeSpace: spaceOf(query, 'min-free-space'),
    }),
  };
}

/** As BuildKit filters: all must hold. */
function expressionOf(filters: Filters): string {
  return fields
    .filter((name) => filters.has(name))
    .map((name) => {
      const [value = '', ...more] = filters.get(name);
      if (more.length > 0) throw invalid('cannot filter by multiple values');
      return `${name}${name === 'id' ? '~=' : '=='}${value}`;
    })
    .join(',');
}

/** Milliseconds. */
function untilOf(filters: Filters): number | undefined {
  if (filters.has('until') && filters.has('unused-for'))
    throw invalid('conflicting filters "until" and "unused-for"');
  const name = filters.has('unused-for') ? 'unused-for' : 'until';
  const [value, ...more] = filters.get(name);
  if (value === undefined) return undefined;
  if (more.length > 0) throw invalid(`${JSON.stringify(name)} filter expects only one value`);
  try {
    return parseDuration(value) / 1e6;
  } catch (error) {
    const expected = `${JSON.stringify(name)} filter expects a duration (e.g., '24h')`;
    throw invalid(`${expected}: ${messageOf(error)}`, error);
  }
}

function spaceOf(query: URLSearchParams, name: string): number | undefined {
  const text = queryText(query, name);
  if (text === undefined) return undefined;
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw invalid(
    `${name} is in bytes and expects an integer, got ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

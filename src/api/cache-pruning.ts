import type { Pruning } from '../build/gc/types.ts';
import { invalid, messageOf } from '../lib/errors.ts';
import { defined } from './defined.ts';
import { type Filters, parseFilters } from './filters.ts';
import { queryBool, queryText } from './query.ts';
import { parseTimestamp } from './timestamp.ts';

/** Filters of `POST /build/prune` that are about what a record is. */
const fields = ['id', 'parent', 'type', 'description', 'inuse', 'shared', 'private'] as const;
const known: readonly string[] = [...fields, 'until', 'unused-for', 'label', 'label!'];

export function pruneFilters(query: URLSearchParams): Filters {
  parseFilters(query); // what is no filter at all is told as everywhere
  try {
    return parseFilters(query, known);
  } catch (error) {
    throw failed(messageOf(error), error);
  }
}

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

const failed = (why: string, cause?: unknown): Error => invalid(`failed to prune build cache: ${why}`, cause);

/** As BuildKit filters: all must hold. */
function expressionOf(filters: Filters): string {
  return fields
    .filter((name) => filters.has(name))
    .map((name) => {
      const [value = '', ...more] = filters.get(name);
      if (more.length > 0) throw failed('filters expect only one value');
      return `${name}${name === 'id' ? '~=' : '=='}${value}`;
    })
    .join(',');
}

/** Milliseconds. */
function untilOf(filters: Filters): number | undefined {
  if (filters.has('until') && filters.has('unused-for'))
    throw failed('conflicting filters: "until" and "unused-for"');
  const name = filters.has('unused-for') ? 'unused-for' : 'until';
  const [value, ...more] = filters.get(name);
  if (value === undefined) return undefined;
  if (more.length > 0) throw failed('filters expect only one value');
  try {
    return Math.max(0, Date.now() - Number(parseTimestamp(value) / 1_000_000n));
  } catch (error) {
    throw failed(
      `${JSON.stringify(name)} filter expects a duration (e.g., '24h') or a timestamp: failed to parse value as time or duration: ${JSON.stringify(value)}`,
      error,
    );
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

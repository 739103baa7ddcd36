import type { BuildRecord } from './types.ts';

/** The builds for further platforms are on record beside the first, as `ID.1` and so on. */
const FURTHER = /^(.+)\.\d+$/;

/** More steps than any build has. */
const MOST_STEPS = 100_000;

/** Builds as their clients know them: those of several platforms are one. */
export function wholeBuilds(records: readonly BuildRecord[]): BuildRecord[] {
  const further = Map.groupBy(
    records.filter(({ id }) => FURTHER.test(id)),
    ({ id }) => FURTHER.exec(id)?.[1] ?? '',
  );
  return records
    .filter(({ id }) => !FURTHER.test(id))
    .map((record) => withPlatforms(record, further.get(record.id) ?? []));
}

/** The steps of all; it has ended when all have, and failed when one did. */
export function withPlatforms(first: BuildRecord, further: readonly BuildRecord[]): BuildRecord {
  if (further.length === 0) return first;
  const all = [first, ...further.toSorted((left, right) => (left.id < right.id ? -1 : 1))];
  const ends = all.flatMap(({ endedAt }) => (endedAt ? [endedAt.getTime()] : []));
  const error = all.find((part) => part.error !== undefined)?.error;
  const { endedAt: _, error: __, ...rest } = first;
  return {
    ...rest,
    lineage: rest.lineage.replace(/ \S+$/, ''), // each is compared with its own platform's last
    steps: all.flatMap(({ steps }, part) =>
      steps.map((step) => ({ ...step, index: step.index + part * MOST_STEPS })),
    ),
    ...(ends.length === all.length && { endedAt: new Date(Math.max(...ends)) }),
    ...(error !== undefined && { error }),
  };
}

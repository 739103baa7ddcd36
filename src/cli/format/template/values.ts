import { invalid } from '../../../lib/errors.ts';

/** Marks an object as the row of a list: it knows all of its members, so that a wrong name is an error. */
export const rowMark: unique symbol = Symbol('row');

export const isRow = (value: object): boolean => Object.hasOwn(value, rowMark);

/** A value as JSON. Rows are written as Go's encoder does by default, with `<`, `>` and `&` escaped. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return typeof value === 'object' && value !== null && isRow(value) ? escapeHtml(text) : text;
}

const escapeHtml = (text: string): string =>
  text.replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`);

/** The members of what `range` goes through, with their keys. */
export function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => [index, index]);
  throw invalid(`range can't iterate over ${show(value)}`);
}

/** What Go counts as true: all but zero, nothing, and what is empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as Go prints it with %v. What has members like a Go struct is shown as one where it stands within another value. */
export function show(value: unknown, inside = false): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((item) => show(item, true)).join(' ')}]`;
  if (typeof value !== 'object') return String(value as string | number | boolean);
  if (inside && Object.keys(value).every((key) => /^[A-Z]\w*$/.test(key)))
    return `{${Object.values(value)
      .map((item) => show(item, true))
      .join(' ')}}`;
  return `map[${entriesOf(value)
    .map(([key, item]) => `${String(key)}:${show(item, true)}`)
    .join(' ')}]`;
}

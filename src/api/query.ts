import { invalid } from '../lib/errors.ts';

/** Docker's booleans: everything is true but absence, '', 0, no, false and none. */
export function queryBool(query: URLSearchParams, name: string, absent = false): boolean {
  const value = query.get(name);
  if (value === null) return absent;
  return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
}

/** An integer; undefined when absent or empty. */
export function queryInt(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(value))
    throw invalid(`invalid value for ${name}: ${JSON.stringify(value)} is not an integer`);
  return Number(value);
}

/** A parameter that is absent or empty is undefined. */
export function queryText(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

export function requireText(query: URLSearchParams, name: string): string {
  const value = queryText(query, name);
  if (value === undefined) throw invalid(`${name} cannot be empty`);
  return value;
}

/** A parameter that holds JSON, such as `buildargs`; its shape is the caller's to check. */
export function queryJson(query: URLSearchParams, name: string): unknown {
  const value = queryText(query, name);
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value);
  } catch (error) {
    throw invalid(`invalid value for ${name}: not valid JSON`, error);
  }
}

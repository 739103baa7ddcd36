import { invalid } from '../lib/errors.ts';

/** The values of a request's `filters`, by name; a name that is absent restricts nothing. */
export class Filters {
  private readonly values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.values = values;
  }

  /** The same with other values for one name. */
  with(name: string, values: readonly string[]): Filters {
    return new Filters(new Map([...this.values, [name, values]]));
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  get(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** True when the filter is absent or `test` holds for one of its values. */
  some(name: string, test: (value: string) => boolean): boolean {
    return !this.has(name) || this.get(name).some(test);
  }

  /** True when the filter is absent or `test` holds for each of its values. */
  every(name: string, test: (value: string) => boolean): boolean {
    return this.get(name).every(test);
  }

  /** A yes-or-no filter such as `dangling`; undefined when absent. Throws Docker's `invalid filter 'x=[v]'` where it says neither, or both. */
  bool(name: string): boolean | undefined {
    if (!this.has(name)) return undefined;
    const isOn = this.get(name).some((value) => value === '1' || value === 'true');
    const isOff = this.get(name).some((value) => value === '0' || value === 'false');
    if (isOn === isOff) throw this.bad(name);
    return isOn;
  }

  /** `label=a`, `label=a=b`, and `label!=…`: all positive ones must match, no negative one may. */
  labels(labels: Readonly<Record<string, string>>): boolean {
    return (
      this.every('label', (value) => hasLabel(labels, value)) &&
      !this.get('label!').some((value) => hasLabel(labels, value))
    );
  }

  bad(name: string): Error {
    return invalid(`invalid filter '${name}=[${this.get(name).join(' ')}]'`);
  }
}

/** Parses both forms that clients send: `{"label":{"a=b":true}}` and `{"label":["a=b"]}`. Refuses names that are not `known`, where it is given. */
export function parseFilters(query: URLSearchParams, known?: readonly string[]): Filters {
  const text = query.get('filters');
  if (text === null || text === '') return new Filters(new Map());
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(parseObject(text))) {
    if (known && !known.includes(name)) throw invalid(`invalid filter '${name}'`);
    const list = valuesOf(value);
    if (!list) throw invalid('invalid filter');
    if (list.length > 0) values.set(name, list);
  }
  return new Filters(values);
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text) ?? {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // told below, in Docker's words
  }
  throw invalid('invalid filter');
}

function valuesOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  if (!entries.every(([, on]) => typeof on === 'boolean')) return undefined;
  return entries.filter(([, on]) => on === true).map(([name]) => name);
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  if (equals < 0) return Object.hasOwn(labels, wanted);
  const name = wanted.slice(0, equals);
  return Object.hasOwn(labels, name) && labels[name] === wanted.slice(equals + 1);
}

/** Docker's text match of names and ids: a regular expression, or plain text where it is none. */
export function matchesText(value: string, pattern: string): boolean {
  if (value === pattern) return true;
  if (!isHarmless(pattern)) return value.includes(pattern);
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return value.includes(pattern);
  }
}

/** A client's expression must not be able to hold up the engine: no repeated groups, few repetitions. */
function isHarmless(pattern: string): boolean {
  return pattern.length <= 256 && !/\)[*+?{]/.test(pattern) && (pattern.match(/[*+{]/g) ?? []).length <= 4;
}

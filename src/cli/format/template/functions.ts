import { invalid } from '../../../lib/errors.ts';
import { entriesOf, isTrue, show, toJson } from './values.ts';

const compare = (a: unknown, b: unknown): number => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

/** The functions of Go's text/template, and those that Docker adds. */
export const functions: Readonly<Record<string, (...args: any[]) => unknown>> = {
  json: toJson,
  join: (items: unknown[] | undefined, separator: string) => (items ?? []).join(separator),
  upper: (value: unknown) => show(value).toUpperCase(),
  lower: (value: unknown) => show(value).toLowerCase(),
  title: (value: unknown) =>
    show(value).replace(
      /(^|[^\w'])(\w)/g,
      (_all, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  split: (value: unknown, separator: string) => show(value).split(separator),
  truncate: (value: unknown, length: number) => [...show(value)].slice(0, length).join(''),
  pad: (value: unknown, before: number, after: number) =>
    show(value) === '' ? '' : ' '.repeat(before) + show(value) + ' '.repeat(after),
  println: (...args: unknown[]) => `${args.map((value) => show(value)).join(' ')}\n`,
  print: (...args: unknown[]) => args.map((value) => show(value)).join(''),
  printf: (format: string, ...args: unknown[]) => printf(format, args),
  len: (value: unknown) =>
    typeof value === 'object' && value !== null ? entriesOf(value).length : show(value).length,
  index: (value: unknown, ...keys: (string | number)[]) => keys.reduce<unknown>(indexed, value),
  slice: (value: string | unknown[], from = 0, to?: number) => value.slice(from, to),
  eq: (first: unknown, ...rest: unknown[]) => rest.some((other) => first === other),
  ne: (a: unknown, b: unknown) => a !== b,
  lt: (a: unknown, b: unknown) => compare(a, b) < 0,
  le: (a: unknown, b: unknown) => compare(a, b) <= 0,
  gt: (a: unknown, b: unknown) => compare(a, b) > 0,
  ge: (a: unknown, b: unknown) => compare(a, b) >= 0,
  not: (value: unknown) => !isTrue(value),
  and: (...args: unknown[]) => args.find((value) => !isTrue(value)) ?? args.at(-1),
  or: (...args: unknown[]) => args.find(isTrue) ?? args.at(-1),
  html: (value: unknown) => show(value),
  js: (value: unknown) => show(value),
};

/** A key that a map lacks gives nothing; a place that a list lacks is a mistake. */
function indexed(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || key < 0 || key >= value.length)
      throw invalid(`error calling index: index out of range: ${key}`);
    return value[key];
  }
  if (typeof value !== 'object' || value === null) throw invalid('error calling index: index of untyped nil');
  return (value as Record<string, unknown>)[key] ?? '';
}

function printf(format: string, args: readonly unknown[]): string {
  let next = 0;
  return format.replace(
    /%(-?)(0?)(\d*)(?:\.(\d+))?([%sdvqftx])/g,
    (_all, left: string, zero: string, width: string, digits: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      const shown = formatted(verb, args[next++], digits);
      return left ? shown.padEnd(Number(width)) : shown.padStart(Number(width), zero || ' ');
    },
  );
}

function formatted(verb: string, value: unknown, digits: string | undefined): string {
  if (verb === 'q') return JSON.stringify(show(value));
  if (verb === 'f') return Number(value).toFixed(Number(digits ?? 6));
  if (verb === 'x')
    return typeof value === 'number' ? value.toString(16) : Buffer.from(show(value)).toString('hex');
  return digits === undefined || verb !== 's' ? show(value) : show(value).slice(0, Number(digits));
}

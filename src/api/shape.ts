import { invalid } from '../lib/errors.ts';

/**
 * What a member of a request body may be. `command` is a string or a list of strings (Docker's StrSlice). `null` and absent mean the
 * same everywhere, and unknown members are ignored, as Go's decoder has it.
 */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'object'
  | 'command'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly members: Readonly<Record<string, Shape>> };

export const strings: Shape = { list: 'string' };
export const labels: Shape = { map: 'string' };

/** Returns a copy of `value` with known members only; throws `invalid` naming the member that is of another type. */
export function checkShape(value: unknown, shape: Shape, at = ''): unknown {
  if (typeof shape === 'string') return checkSimple(value, shape, at);
  if ('list' in shape) {
    if (!Array.isArray(value)) throw mismatch(at, 'a list', value);
    return value.map((item, index) => checkShape(item ?? zeroOf(shape.list), shape.list, `${at}[${index}]`));
  }
  if (!isObject(value)) throw mismatch(at, 'an object', value);
  if ('map' in shape) return checkMap(value, shape.map, at);
  return checkMembers(value, shape.members, at);
}

function checkSimple(value: unknown, shape: Shape & string, at: string): unknown {
  switch (shape) {
    case 'string':
      if (typeof value !== 'string') throw mismatch(at, 'a string', value);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(at, 'a boolean', value);
      return value;
    case 'integer':
      if (!Number.isSafeInteger(value)) throw mismatch(at, 'an integer', value);
      return value;
    case 'object':
      if (!isObject(value)) throw mismatch(at, 'an object', value);
      return value;
    case 'command':
      return typeof value === 'string' ? [value] : checkShape(value, strings, at);
  }
}

function checkMap(value: Record<string, unknown>, shape: Shape, at: string): unknown {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      item === null ? zeroOf(shape) : checkShape(item, shape, join(at, name)),
    ]),
  );
}

/** Member names are matched without regard to case when none fits exactly, as Go's decoder does. */
function checkMembers(
  value: Record<string, unknown>,
  members: Readonly<Record<string, Shape>>,
  at: string,
): unknown {
  const result: [string, unknown][] = [];
  for (const [given, item] of Object.entries(value)) {
    if (item === null) continue;
    const name = Object.hasOwn(members, given) ? given : sameButCase(given, members);
    const shape = name === undefined ? undefined : members[name];
    if (name === undefined || shape === undefined) continue;
    result.push([name, checkShape(item, shape, join(at, name))]);
  }
  return Object.fromEntries(result);
}

function sameButCase(given: string, members: Readonly<Record<string, Shape>>): string | undefined {
  const lower = given.toLowerCase();
  return Object.keys(members).find((name) => name.toLowerCase() === lower);
}

function zeroOf(shape: Shape): unknown {
  if (shape === 'string') return '';
  if (shape === 'boolean') return false;
  if (shape === 'integer') return 0;
  return shape === 'command' || (typeof shape === 'object' && 'list' in shape) ? [] : {};
}

function mismatch(at: string, want: string, value: unknown): Error {
  return invalid(`invalid request body: ${at === '' ? '' : `${at}: `}want ${want}, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'a number' : `the number ${value}`;
  return `a ${typeof value}`;
}

const join = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

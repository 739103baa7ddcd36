import { invalid } from '../../lib/errors.ts';
import type { CacheUsage } from './types.ts';

type Test = (item: CacheUsage) => boolean;

interface Selector {
  readonly field: string;
  readonly operator: string;
  readonly value: string;
}

/**
 * Whether an item is meant by expressions in containerd's filter language, of which one must hold: `field`, `field==value`, `!=`, `~=` (a regular
 * expression), several with commas between. Values for one field by `==` are alternatives, as BuildKit's own policies mean them.
 */
export function cacheFilter(expressions: readonly string[]): Test {
  const alternatives = expressions.filter((text) => text.trim() !== '').map(parseExpression);
  if (alternatives.length === 0) return () => true;
  return (item) => alternatives.some((test) => test(item));
}

function parseExpression(text: string): Test {
  const selectors = text.split(',').map((part) => parseSelector(part.trim(), text));
  const groups = Map.groupBy(selectors, ({ field, operator }, index) =>
    operator === '==' ? field : String(index),
  );
  const tests = [...groups.values()].map((group) => group.map(toTest));
  return (item) => tests.every((group) => group.some((test) => test(item)));
}

function parseSelector(text: string, whole: string): Selector {
  const match = /^([\w.]+)(?:(==|!=|~=)(.*))?$/s.exec(text);
  const [, field = '', operator = '', value = ''] = match ?? [];
  if (!match)
    throw invalid(`failed to parse prune filters [${whole}]: parse error: unexpected input: ${text}`);
  return { field, operator, value: value.replace(/^(["'])(.*)\1$/s, '$2') };
}

function toTest({ field, operator, value }: Selector): Test {
  const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!read) return () => operator === '!=';
  switch (operator) {
    case '==':
      return (item) => read(item).includes(value);
    case '!=':
      return (item) => !read(item).includes(value);
    case '~=': {
      const pattern = compile(value);
      return (item) => read(item).some((text) => pattern(text));
    }
    default:
      return (item) => read(item).some((text) => text !== '' && text !== 'false');
  }
}

/** An expression must not be able to hold up the engine: no repeated groups, few repetitions. */
function compile(pattern: string): (text: string) => boolean {
  const isHarmless =
    pattern.length <= 256 && !/\)[*+?{]/.test(pattern) && (pattern.match(/[*+{]/g) ?? []).length <= 4;
  if (!isHarmless) return (text) => text.includes(pattern);
  try {
    const expression = new RegExp(pattern);
    return (text) => expression.test(text);
  } catch (error) {
    throw invalid(`failed to parse prune filters: invalid regular expression ${pattern}`, error);
  }
}

const fields: Readonly<Record<string, (item: CacheUsage) => readonly string[]>> = {
  id: ({ id }) => [id],
  parent: ({ parents }) => parents,
  parents: ({ parents }) => parents,
  description: ({ description }) => [description],
  inuse: ({ inUse }) => [String(inUse)],
  mutable: ({ mutable }) => [String(mutable)],
  immutable: ({ mutable }) => [String(!mutable)],
  type: ({ type }) => [type],
  shared: ({ shared }) => [String(shared)],
  private: ({ shared }) => [String(!shared)],
};

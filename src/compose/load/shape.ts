/**
 * The shape of Compose files as data: which keys stand where and what they hold. From the Compose Specification (spec.md); one
 * table serves validation, "did you mean" and "belongs one level up".
 */
export type Shape =
  | { readonly is: 'text' | 'number' | 'bool' | 'any' | 'duration' | 'scalar' }
  /** A size; -1 says that there is no limit, unless `min` is 0. */
  | { readonly is: 'bytes'; readonly min?: number }
  | { readonly is: 'integer'; readonly min?: number; readonly max?: number }
  /** One of some words. */
  | { readonly is: 'choice'; readonly words: readonly string[] }
  /** Text of a form that is told in words. */
  | { readonly is: 'form'; readonly pattern: RegExp; readonly form: string }
  | { readonly is: 'list'; readonly of: Shape }
  /** Keys are free, all values alike. `names`: keys are names that the engine gets to see. */
  | { readonly is: 'dict'; readonly of: Shape; readonly names?: boolean }
  /** Closed set of keys; `x-…` is always free. */
  | {
      readonly is: 'object';
      readonly keys: Readonly<Record<string, Shape>>;
      readonly required?: readonly string[];
    }
  | { readonly is: 'one-of'; readonly shapes: readonly Shape[] }
  | { readonly is: 'nothing' };

/*
 * Words to write shapes with.
 */

export const text: Shape = { is: 'text' };

export const number: Shape = { is: 'number' };

export const integer: Shape = { is: 'integer' };

export const count: Shape = { is: 'integer', min: 0 };

export const bool: Shape = { is: 'bool' };

export const duration: Shape = { is: 'duration' };

export const bytes: Shape = { is: 'bytes' };

export const size: Shape = { is: 'bytes', min: 0 };

export const nothing: Shape = { is: 'nothing' };

export const choice = (...words: readonly string[]): Shape => ({ is: 'choice', words });

export const form = (pattern: RegExp, words: string): Shape => ({ is: 'form', pattern, form: words });

export const list = (of: Shape): Shape => ({ is: 'list', of });

export const dict = (of: Shape): Shape => ({ is: 'dict', of });

export const named = (of: Shape): Shape => ({ is: 'dict', of, names: true });

export const object = (keys: Readonly<Record<string, Shape>>, required?: readonly string[]): Shape => ({
  is: 'object',
  keys,
  ...(required && { required }),
});

export const oneOf = (...shapes: readonly Shape[]): Shape => ({ is: 'one-of', shapes });

/*
 * Shapes that stand in many places.
 */

/** Any single value, or none. */
export const scalar: Shape = { is: 'scalar' };

export const texts = list(text);

export const textOrList = oneOf(text, texts);

export const command = oneOf(nothing, text, texts);

export const listOrDict = oneOf(texts, dict(scalar), nothing);

export const labels = listOrDict;

const names: Readonly<Record<Shape['is'], string>> = {
  text: 'a string',
  number: 'a number',
  integer: 'an integer',
  bool: 'true or false',
  any: 'anything',
  scalar: 'a single value',
  choice: 'a string',
  form: 'a string',
  duration: 'a duration such as 1m30s',
  bytes: 'a size such as 512m',
  list: 'a list',
  dict: 'a mapping',
  object: 'a mapping',
  'one-of': 'one of several',
  nothing: 'empty',
};

/** A shape in words, for messages. */
export function nameOf(shape: Shape): string {
  if (shape.is !== 'one-of') return names[shape.is];
  const words = shape.shapes.filter(({ is }) => is !== 'nothing').map(nameOf);
  return [...new Set(words)].join(' or ');
}

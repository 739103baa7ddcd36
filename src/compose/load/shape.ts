/**
 * The shape of Compose files as data: which keys stand where and what they hold. From the Compose Specification (spec.md); one
 * table serves validation, "did you mean" and "belongs one level up".
 */
export type Shape =
  | { readonly is: 'text' | 'number' | 'bool' | 'any' | 'duration' | 'bytes' }
  | { readonly is: 'list'; readonly of: Shape }
  /** Keys are free, all values alike. */
  | { readonly is: 'dict'; readonly of: Shape }
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

export const bool: Shape = { is: 'bool' };

export const any: Shape = { is: 'any' };

export const duration: Shape = { is: 'duration' };

export const bytes: Shape = { is: 'bytes' };

export const nothing: Shape = { is: 'nothing' };

export const list = (of: Shape): Shape => ({ is: 'list', of });

export const dict = (of: Shape): Shape => ({ is: 'dict', of });

export const object = (keys: Readonly<Record<string, Shape>>, required?: readonly string[]): Shape => ({
  is: 'object',
  keys,
  ...(required && { required }),
});

export const oneOf = (...shapes: readonly Shape[]): Shape => ({ is: 'one-of', shapes });

/*
 * Shapes that stand in many places.
 */

export const texts = list(text);

export const textOrList = oneOf(text, texts);

export const command = oneOf(nothing, text, texts);

export const scalar = oneOf(text, number, bool, nothing);

export const listOrDict = oneOf(texts, dict(scalar), nothing);

export const labels = oneOf(texts, dict(scalar), nothing);

const names: Readonly<Record<Shape['is'], string>> = {
  text: 'a string',
  number: 'a number',
  bool: 'true or false',
  any: 'anything',
  duration: 'a duration',
  bytes: 'a size',
  list: 'a list',
  dict: 'a mapping',
  object: 'a mapping',
  'one-of': 'one of several',
  nothing: 'empty',
};

/** A shape in words, for messages. */
export const nameOf = (shape: Shape): string =>
  shape.is === 'one-of' ? shape.shapes.map(nameOf).join(' or ') : names[shape.is];

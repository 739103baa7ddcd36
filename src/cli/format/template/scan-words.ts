import { placeOf, templateError, type Token } from './scan-template.ts';
import type { Operand } from './types.ts';

/** A word of an action. A `path` follows the value of a group: `(index . 0).Name`. */
export type Word = Operand | '(' | ')' | '|' | { readonly kind: 'path'; readonly path: readonly string[] };

const wordPattern =
  /(\s*)(?:("(?:[^"\\]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\$\w*)((?:\.\w+)*)|((?:\.\w+)+|\.)|(true|false|nil)\b|(\w+)|([()|]))/y;

/** The words of an action, from `skip` on. */
export function scanWords({ text, at }: Token, skip: number, source: string): Word[] {
  const words: Word[] = [];
  wordPattern.lastIndex = skip;
  while (wordPattern.lastIndex < text.length) {
    const start = wordPattern.lastIndex;
    const match = wordPattern.exec(text);
    if (!match)
      throw templateError(
        placeOf(source, at + start),
        `unexpected ${JSON.stringify(text.slice(start).trim())} in operand`,
      );
    const blanks = match[1]?.length ?? 0;
    const place = (name: string, path: readonly string[]): string =>
      placeIn(source, at + start + blanks, name, path);
    words.push(wordOf(match, words.at(-1) === ')' && blanks === 0, place));
  }
  return words;
}

/** Go counts a chain of members from its second one on. */
function placeIn(source: string, at: number, name: string, path: readonly string[]): string {
  const offset = name === '' && path.length > 1 ? 1 + (path[0]?.length ?? 0) : 0;
  return `${placeOf(source, at + offset)}: executing "" at <${name}${path.map((part) => `.${part}`).join('')}>`;
}

function wordOf(
  match: RegExpExecArray,
  afterGroup: boolean,
  place: (name: string, path: readonly string[]) => string,
): Word {
  const [, , quoted, number, variable, variablePath = '', field, constant, name, mark] = match;
  if (quoted !== undefined) return { kind: 'literal', value: unquote(quoted) };
  if (number !== undefined) return { kind: 'literal', value: Number(number) };
  if (variable !== undefined) {
    const path = pathOf(variablePath);
    return { kind: 'variable', name: variable, path, place: place(variable, path) };
  }
  if (field !== undefined) {
    const path = pathOf(field);
    return afterGroup ? { kind: 'path', path } : { kind: 'field', path, place: place('', path) };
  }
  if (constant !== undefined)
    return { kind: 'literal', value: constant === 'nil' ? undefined : constant === 'true' };
  if (name !== undefined) return { kind: 'function', name };
  return mark as '(' | ')' | '|';
}

const unquote = (quoted: string): unknown =>
  quoted.startsWith('`') ? quoted.slice(1, -1) : JSON.parse(quoted.replaceAll('\t', '\\t'));

const pathOf = (text: string): string[] => text.split('.').filter((part) => part !== '');

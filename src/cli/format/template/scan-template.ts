import { invalid } from '../../../lib/errors.ts';

/** A piece of a template: the inside of an action, or the text between two. */
export interface Token {
  readonly action: boolean;
  readonly text: string;
  /** Where the text begins in the source. */
  readonly at: number;
}

/** Takes a template apart; `{{-` and `-}}` take the white space beside them away. */
export function scanTemplate(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trim = false;
  const addText = (text: string, trimEnd: boolean): void => {
    const left = trim ? text.trimStart() : text;
    tokens.push({ action: false, text: trimEnd ? left.trimEnd() : left, at });
  };
  for (let open = source.indexOf('{{'); open >= 0; open = source.indexOf('{{', at)) {
    const close = source.indexOf('}}', open);
    if (close < 0) throw templateError(lineOf(source, open), 'unclosed action');
    const inner = source.slice(open + 2, close);
    addText(source.slice(at, open), /^-\s/.test(inner));
    tokens.push(actionToken(inner, open + 2));
    trim = /\s-$/.test(inner);
    at = close + 2;
  }
  addText(source.slice(at), false);
  return tokens;
}

function actionToken(inner: string, at: number): Token {
  const left = inner.replace(/^-(?=\s)/, ' ');
  const text = left.replace(/\s-$/, '').trimEnd();
  const blanks = text.length - text.trimStart().length;
  return { action: true, text: text.trimStart(), at: at + blanks };
}

const lineOf = (source: string, at: number): string => `:${source.slice(0, at).split('\n').length}`;

/** `:line:column` of an offset, as Go counts them. */
export function placeOf(source: string, at: number): string {
  return `${lineOf(source, at)}:${at - (source.lastIndexOf('\n', at - 1) + 1)}`;
}

/** A mistake in a template, in the words of Go's text/template. */
export const templateError = (place: string, why: string): Error => invalid(`template: ${place}: ${why}`);

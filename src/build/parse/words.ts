import type { EscapeCharacter } from './directives.ts';

/** A word of a line; `index` is where it starts in the text. */
export interface RawWord {
  readonly text: string;
  readonly index: number;
}

/** Splits at white space, with no regard to quotes. */
export function splitFields(text: string): RawWord[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], index: match.index }));
}

/** Splits at white space outside quotes. Quotes and escapes stay in the words; an open quote reaches to the end. */
export function splitQuoted(text: string, escape: EscapeCharacter): RawWord[] {
  const words: RawWord[] = [];
  let start = -1;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote === '' && /\s/.test(character)) {
      if (start >= 0) words.push({ text: text.slice(start, at), index: start });
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (character === escape && quote !== "'") at += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
  }
  if (start >= 0) words.push({ text: text.slice(start), index: start });
  return words;
}

import type { Position } from './dockerfile-error.ts';
import type { EscapeCharacter } from './directives.ts';
import type { Text } from './text.ts';

/** A flag as written: `--name` or `--name=value`, quotes removed. */
export interface Flag {
  readonly name: string;
  readonly value?: string;
  readonly position: Position;
}

/** Splits the leading `--name=value` words off an instruction's arguments; `--` ends them. */
export function splitFlags(text: Text, escape: EscapeCharacter): { flags: Flag[]; rest: Text } {
  const flags: Flag[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(text.text, at);
    if (!text.text.startsWith('--', at)) break;
    const { word, end } = readWord(text.text, at, escape);
    if (word !== '--') flags.push(toFlag(word, text.at(at)));
    at = end;
    if (word === '--') break;
  }
  return { flags, rest: text.slice(skipSpace(text.text, at)) };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
  return at;
}

/** Reads to the next white space outside quotes. */
function readWord(text: string, from: number, escape: EscapeCharacter): { word: string; end: number } {
  let word = '';
  let quote = '';
  let at = from;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote === '' && /\s/.test(character)) break;
    if (character === escape && at + 1 < text.length) word += text[++at];
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else word += character;
  }
  return { word, end: at };
}

function toFlag(word: string, position: Position): Flag {
  const equals = word.indexOf('=');
  if (equals < 0) return { name: word.slice(2), position };
  return { name: word.slice(2, equals), value: word.slice(equals + 1), position };
}

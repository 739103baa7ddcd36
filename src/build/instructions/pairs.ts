import type { EscapeCharacter } from '../parse/directives.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import type { Text } from '../parse/text.ts';
import { splitQuoted } from '../parse/words.ts';
import type { InstructionBody, Pair, Word } from './types.ts';

/** `ENV` and `LABEL`: `key=value …`, or the old form `key the rest`. */
export function toPairs(
  statement: Statement,
  kind: 'ENV' | 'LABEL',
  escape: EscapeCharacter,
): InstructionBody {
  const { rest, position } = statement;
  const words = splitQuoted(rest.text, escape);
  const first = words[0];
  if (!first) throw new SourceError(position, `${kind} requires at least one argument`);
  if (!first.text.includes('=')) return { kind, pairs: [legacyPair(kind, rest)], legacy: true };
  const pairs = words.map(({ text, index }) => splitPair(text, rest, index));
  for (const { key } of pairs)
    if (key.text === '') throw new SourceError(key.position, `${kind} names can not be blank`);
  return { kind, pairs, legacy: false };
}

function legacyPair(kind: string, rest: Text): Pair {
  const match = /^(\S+)\s+(.+)$/s.exec(rest.text);
  const [, key = '', value = ''] = match ?? [];
  if (!match) throw new SourceError(rest.at(0), `${kind} must have two arguments`);
  return {
    key: { text: key, position: rest.at(0) },
    value: { text: value, position: rest.at(rest.text.length - value.length) },
  };
}

function splitPair(text: string, rest: Text, index: number): Pair {
  const equals = text.indexOf('=');
  if (equals < 0)
    throw new SourceError(
      rest.at(index),
      `Syntax error - can't find = in ${JSON.stringify(text)}. Must be of the form: name=value`,
    );
  return {
    key: { text: text.slice(0, equals), position: rest.at(index) },
    value: { text: text.slice(equals + 1), position: rest.at(index + equals + 1) },
  };
}

/** `ARG name[=default] …` */
export function toArgs(statement: Statement, escape: EscapeCharacter): InstructionBody {
  const { rest, position } = statement;
  const words = splitQuoted(rest.text, escape);
  if (words.length === 0) throw new SourceError(position, 'ARG requires at least one argument');
  return { kind: 'ARG', args: words.map(({ text, index }) => toArg(text, rest, index)) };
}

function toArg(text: string, rest: Text, index: number): { key: Word; value?: Word } {
  const equals = text.indexOf('=');
  const key = { text: equals < 0 ? text : text.slice(0, equals), position: rest.at(index) };
  if (key.text === '') throw new SourceError(key.position, 'ARG names can not be blank');
  if (equals < 0) return { key };
  return { key, value: { text: text.slice(equals + 1), position: rest.at(index + equals + 1) } };
}

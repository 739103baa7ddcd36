import { SourceError } from '../parse/dockerfile-error.ts';
import { readJsonArray } from '../parse/json-array.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import { splitFields } from '../parse/words.ts';
import type { Command, Word } from './types.ts';

export const notStrings = 'when using JSON array syntax, arrays must be comprised of strings only';

/** The argument as a JSON array of strings; undefined when it isn't one. */
export function jsonStrings({ rest }: Statement): readonly string[] | undefined {
  const array = readJsonArray(rest.text);
  if (array.kind === 'not-strings') throw new SourceError(rest.at(0), notStrings);
  return array.kind === 'strings' ? array.values : undefined;
}

/** A JSON array's items, or what white space separates. */
export function listOrFields(statement: Statement): Word[] {
  const { rest } = statement;
  const position = rest.at(0);
  const values = jsonStrings(statement);
  if (values) return values.map((text) => ({ text, position }));
  return fields(statement);
}

export function fields({ rest }: Statement): Word[] {
  return splitFields(rest.text).map(({ text, index }) => ({ text, position: rest.at(index) }));
}

/** A command in exec form where it is a JSON array, else a line for the shell. */
export function commandOf(statement: Statement): Command {
  const args = jsonStrings(statement);
  return args ? { form: 'exec', args } : { form: 'shell', line: statement.rest.text };
}

/** The whole argument as one word. */
export function onlyWord({ keyword, position, rest }: Statement): Word {
  if (rest.text === '') throw new SourceError(position, `${keyword} requires exactly one argument`);
  return { text: rest.text, position: rest.at(0) };
}

export function atLeastOne<T>({ keyword, position }: Statement, items: readonly T[]): readonly T[] {
  if (items.length === 0) throw new SourceError(position, `${keyword} requires at least one argument`);
  return items;
}

import type { EscapeCharacter } from './directives.ts';
import { SourceError } from './dockerfile-error.ts';
import type { LineReader } from './line-reader.ts';
import type { Text } from './text.ts';
import { splitQuoted, unquote } from './words.ts';

/** A here-document that belongs to an instruction. */
export interface Heredoc {
  readonly name: string;
  /** Lines with their line ends, as written. */
  readonly content: string;
  /** Variables in it are replaced: no part of its name was quoted. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are to be removed. */
  readonly chomp: boolean;
  /** Number of its first line. */
  readonly line: number;
}

const pattern = /^\d*<<(-?)([^<]+)$/;

/** The opening of a here-document in one word: `<<EOF`, `<<-"EOF"`, `3<<EOF`. */
export function heredocStart(
  word: string,
  escape: EscapeCharacter,
): Pick<Heredoc, 'name' | 'expand' | 'chomp'> | undefined {
  const match = pattern.exec(word);
  if (!match) return undefined;
  const written = match[2] ?? '';
  const name = unquote(written, escape);
  return name === '' ? undefined : { name, expand: name === written, chomp: match[1] === '-' };
}

/** Reads the bodies of all here-documents that a line opens, in order. */
export function readHeredocs(line: Text, reader: LineReader, escape: EscapeCharacter): Heredoc[] {
  const found: Heredoc[] = [];
  for (const { text, index } of splitQuoted(line.text, escape)) {
    const start = heredocStart(text, escape);
    if (start) found.push({ ...start, ...readBody(start, reader, line, index) });
  }
  return found;
}

function readBody(
  { name, chomp }: { name: string; chomp: boolean },
  reader: LineReader,
  opener: Text,
  index: number,
): { content: string; line: number } {
  const line = reader.line;
  let content = '';
  for (let raw = reader.nextRaw(); raw !== undefined; raw = reader.nextRaw()) {
    const bare = raw.replace(/\r$/, '');
    if ((chomp ? bare.replace(/^\t+/, '') : bare) === name) return { content, line };
    content += `${raw}\n`;
  }
  throw new SourceError(opener.at(index), `unterminated heredoc ${name}`);
}

/** The content that a program gets: without leading tabs where `<<-` asks for that. */
export function heredocContent({ content, chomp }: Heredoc): string {
  return chomp ? content.replace(/^\t+/gm, '') : content;
}

import { expand } from '../../lib/expand/expander.ts';
import { SourceError } from './dockerfile-error.ts';
import type { LineReader } from './line-reader.ts';
import type { Text } from './text.ts';

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

const pattern = /^\d*<<(-?)\s*([^<]*)$/;
/** A word as the shell has it; white space may follow `<<`. The escape character is always a backslash here, as in BuildKit. */
const shellWord = /(?:"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]?|<<[ \t\r]*|[^\s"'\\])+/g;
const isSpaced = /<<-?\s/;

/** The opening of a here-document in one word: `<<EOF`, `<<-"EOF"`, `3<<EOF`. */
export function heredocStart(word: string): Pick<Heredoc, 'name' | 'expand' | 'chomp'> | undefined {
  const [, dash, written = ''] = pattern.exec(word) ?? [];
  const [name, ...more] = unquotedWords(written);
  if (name === undefined || more.length > 0) return undefined;
  const isQuoted = /["']/.test(written.replaceAll(/\\[^]/g, ''));
  return { name, expand: !isQuoted, chomp: dash === '-' };
}

function unquotedWords(text: string): readonly string[] {
  try {
    return expand(text, { escape: '\\', lookup: (name) => `$${name}` }).words;
  } catch {
    return [];
  }
}

/** Reads the bodies of all here-documents that a line opens, in order. A line with an open quote opens none. */
export function readHeredocs(line: Text, reader: LineReader): Heredoc[] {
  const found: Heredoc[] = [];
  if (/["']/.test(line.text.replaceAll(shellWord, ''))) return found;
  for (const { 0: word, index } of line.text.matchAll(shellWord)) {
    const start = heredocStart(word);
    if (start && isSpaced.test(word) && !reader.has(start.name)) continue; // an arithmetic shift
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
    const bare = raw.replace(/\r+$/, '');
    if ((chomp ? bare.replace(/^\t+/, '') : bare) === name) return { content, line };
    content += `${raw}\n`;
  }
  throw new SourceError(opener.at(index), `unterminated heredoc ${name}`);
}

/** The content that a program gets: without leading tabs where `<<-` asks for that. */
export function heredocContent({ content, chomp }: Heredoc): string {
  return chomp ? content.replace(/^\t+/gm, '') : content;
}

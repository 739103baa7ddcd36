import type { EscapeCharacter } from './directives.ts';
import type { LineReader } from './line-reader.ts';
import { Text } from './text.ts';

export interface LogicalLine {
  readonly text: Text;
  readonly endLine: number;
  /** Whether there are empty ones within the continuation; Docker warns of them. */
  readonly hasEmptyLine: boolean;
  /** The comments above, without their marks, as far as one that is empty. */
  readonly comments: readonly string[];
}

export const isComment = (line: string): boolean => line.trimStart().startsWith('#');
const isBlank = (line: string): boolean => line.trim() === '';

/** Reads the next instruction with its continuation lines; comments and empty lines within are left out. Undefined at the end. */
export function readLogicalLine(reader: LineReader, escape: EscapeCharacter): LogicalLine | undefined {
  const comments = skipToInstruction(reader);
  const parts: { text: string; line: number; column: number }[] = [];
  let hasEmptyLine = false;
  let endLine = reader.line;
  for (let open = true; open;) {
    const line = reader.line;
    const raw = reader.next();
    if (raw === undefined) break;
    if (parts.length > 0 && isComment(raw)) continue;
    if (parts.length > 0 && isBlank(raw)) {
      hasEmptyLine = true;
      continue;
    }
    const column = parts.length === 0 ? raw.length - raw.trimStart().length : 0;
    const cut = cutContinuation(raw, escape);
    parts.push({ text: (cut ?? raw).slice(column), line, column: column + 1 });
    open = cut !== undefined;
    endLine = line;
  }
  return parts.length === 0 ? undefined : { text: Text.join(parts), endLine, hasEmptyLine, comments };
}

/** Passes comments and empty lines; returns the comments that belong to what follows. Only an empty comment parts them, as in BuildKit. */
function skipToInstruction(reader: LineReader): string[] {
  let comments: string[] = [];
  for (let line = reader.peek(); line !== undefined; line = reader.peek()) {
    const comment = isComment(line) ? line.trim().slice(1).trim() : undefined;
    if (comment === undefined && !isBlank(line)) break;
    if (comment === '') comments = [];
    else if (comment !== undefined) comments.push(comment);
    reader.next();
  }
  return comments;
}

/** The line without its continuation character, or undefined when it has none. A doubled one is an escaped character. */
function cutContinuation(line: string, escape: EscapeCharacter): string | undefined {
  const trimmed = line.replace(/[ \t]+$/, '');
  if (!trimmed.endsWith(escape) || trimmed.at(-2) === escape) return undefined;
  return trimmed.slice(0, -1);
}

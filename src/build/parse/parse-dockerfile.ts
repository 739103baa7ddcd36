import { type Directives, type EscapeCharacter, readDirectives } from './directives.ts';
import { inFile, type Position, SourceError } from './dockerfile-error.ts';
import { type Flag, splitFlags } from './flags.ts';
import { type Heredoc, readHeredocs } from './heredoc.ts';
import { LineReader } from './line-reader.ts';
import { type LogicalLine, readLogicalLine } from './logical-line.ts';
import type { Text } from './text.ts';

/** An instruction as text: nothing is known yet about what its keyword means. */
export interface Statement {
  /** In upper case. */
  readonly keyword: string;
  readonly position: Position;
  readonly endLine: number;
  /** The whole instruction on one line, as written, without here-documents. */
  readonly original: string;
  readonly flags: readonly Flag[];
  /** What follows the flags. */
  readonly rest: Text;
  readonly heredocs: readonly Heredoc[];
  /** Whether its lines are interrupted by empty ones. */
  readonly hasEmptyLine: boolean;
  /** The comments above, without their marks, as far as one that is empty. */
  readonly comments: readonly string[];
  /** Of a comment `check=…` among them: what the checks are to leave out in this one. */
  readonly check?: string;
}

export interface Dockerfile {
  /** Name for messages. */
  readonly file: string;
  readonly directives: Directives;
  readonly statements: readonly Statement[];
}

const takesHeredoc = new Set(['RUN', 'COPY', 'ADD']);

/** Text to statements (Dockerfile reference, "Format"). Throws DockerfileError. */
export function parseDockerfile(file: string, text: string): Dockerfile {
  return inFile(file, () => {
    const reader = new LineReader(text);
    const directives = readDirectives(reader);
    const statements: Statement[] = [];
    for (let line = next(); line; line = next()) statements.push(toStatement(line, reader, directives));
    if (statements.length === 0)
      throw new SourceError(
        { line: 1, column: 1 },
        text === '' ? `the Dockerfile (${file}) cannot be empty` : 'file with no instructions',
      );
    return { file, directives, statements };

    function next(): LogicalLine | undefined {
      return readLogicalLine(reader, directives.escape);
    }
  });
}

/** Parses an instruction within another one: the trigger of ONBUILD. */
export function parseStatement(
  text: Text,
  { endLine, heredocs }: Pick<Statement, 'endLine' | 'heredocs'>,
  escape: EscapeCharacter,
): Statement {
  return { ...splitStatement(text.trim(), escape), endLine, heredocs, hasEmptyLine: false, comments: [] };
}

function toStatement(line: LogicalLine, reader: LineReader, directives: Directives): Statement {
  const statement = splitStatement(line.text.trim(), directives.escape);
  const heredocs = acceptsHeredoc(statement) ? readHeredocs(line.text, reader) : [];
  const endLine = heredocs.length > 0 ? reader.line - 1 : line.endLine;
  const { comments, hasEmptyLine } = line;
  const check = comments.map((text) => /^check\s*=\s*(\S+)/i.exec(text)?.[1]).find(Boolean);
  return {
    ...statement,
    heredocs,
    endLine,
    hasEmptyLine,
    comments,
    ...(check !== undefined && { check }),
  };
}

function splitStatement(
  text: Text,
  escape: EscapeCharacter,
): Omit<Statement, 'heredocs' | 'endLine' | 'comments' | 'hasEmptyLine'> {
  const keyword = /^\S*/.exec(text.text)?.[0] ?? '';
  const { flags, rest } = splitFlags(text.slice(keyword.length), escape);
  return { keyword: keyword.toUpperCase(), position: text.at(0), original: text.text, flags, rest };
}

/** ONBUILD passes on what its trigger can take. */
function acceptsHeredoc({ keyword, rest }: Pick<Statement, 'keyword' | 'rest'>): boolean {
  if (keyword !== 'ONBUILD') return takesHeredoc.has(keyword);
  return takesHeredoc.has((/^\S*/.exec(rest.text)?.[0] ?? '').toUpperCase());
}

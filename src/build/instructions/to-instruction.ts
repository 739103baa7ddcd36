import type { EscapeCharacter } from '../parse/directives.ts';
import { inFile, SourceError } from '../parse/dockerfile-error.ts';
import { type Dockerfile, parseStatement, type Statement } from '../parse/parse-dockerfile.ts';
import { writtenKeyword } from '../parse/written-keyword.ts';
import { atLeastOne, commandOf, fields, jsonStrings, listOrFields, onlyWord } from './arguments.ts';
import { toCopy } from './copy.ts';
import { FlagSet } from './flag-set.ts';
import { toFrom } from './from.ts';
import { toHealthcheck } from './healthcheck.ts';
import { toArgs, toPairs } from './pairs.ts';
import { toRun } from './run.ts';
import { didYouMean } from '../../lib/suggest.ts';
import type { Instruction, InstructionBody, Keyword } from './types.ts';

const keywords = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const satisfies readonly Keyword[];

const withFlags = new Set<string>(['ADD', 'COPY', 'FROM', 'HEALTHCHECK', 'RUN']);

/** Statements to typed instructions. Throws DockerfileError at the first that is wrong. */
export function toInstructions({ file, statements, directives }: Dockerfile): Instruction[] {
  return inFile(file, () => statements.map((statement) => toInstruction(statement, directives.escape)));
}

function toInstruction(statement: Statement, escape: EscapeCharacter): Instruction {
  const { position, endLine, original, comments } = statement;
  return { ...toBody(statement, escape), position, endLine, original, comments };
}

function toBody(statement: Statement, escape: EscapeCharacter): InstructionBody {
  const keyword = keywords.find((name) => name === statement.keyword);
  if (!keyword) throw unknownInstruction(statement);
  if (!withFlags.has(keyword)) new FlagSet(statement, {});
  switch (keyword) {
    case 'FROM':
      return toFrom(statement);
    case 'RUN':
      return toRun(statement);
    case 'COPY':
    case 'ADD':
      return toCopy(statement, keyword);
    case 'ENV':
    case 'LABEL':
      return toPairs(statement, keyword, escape);
    case 'ARG':
      return toArgs(statement, escape);
    case 'HEALTHCHECK':
      return toHealthcheck(statement);
    case 'ONBUILD':
      return toOnbuild(statement, escape);
    default:
      return toSimple(statement, keyword);
  }
}

function unknownInstruction(statement: Statement): SourceError {
  const written = writtenKeyword(statement);
  const known = written === statement.keyword ? keywords : keywords.map((name) => name.toLowerCase());
  return new SourceError(statement.position, `unknown instruction: ${written}${didYouMean(written, known)}`);
}

function toSimple(
  statement: Statement,
  keyword: Exclude<
    Keyword,
    'FROM' | 'RUN' | 'COPY' | 'ADD' | 'ENV' | 'LABEL' | 'ARG' | 'HEALTHCHECK' | 'ONBUILD'
  >,
): InstructionBody {
  switch (keyword) {
    case 'CMD':
    case 'ENTRYPOINT':
      return { kind: keyword, command: commandOf(statement) };
    case 'EXPOSE':
      return { kind: keyword, words: atLeastOne(statement, fields(statement)) };
    case 'VOLUME': {
      const words = atLeastOne(statement, listOrFields(statement));
      const blank = words.find(({ text }) => text === '');
      if (blank) throw new SourceError(blank.position, 'VOLUME specified can not be an empty string');
      return { kind: keyword, words };
    }
    case 'SHELL': {
      const shell = jsonStrings(statement);
      if (!shell)
        throw new SourceError(statement.position, 'SHELL requires the arguments to be in JSON form');
      return { kind: keyword, shell: atLeastOne(statement, shell) };
    }
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return { kind: keyword, value: onlyWord(statement) };
    default:
      return keyword satisfies never;
  }
}

function toOnbuild(statement: Statement, escape: EscapeCharacter): InstructionBody {
  const { rest, position } = statement;
  const trigger = /^\S*/.exec(rest.text)?.[0].toUpperCase() ?? '';
  if (trigger === '') throw new SourceError(position, 'ONBUILD requires at least one argument');
  if (trigger === 'ONBUILD')
    throw new SourceError(position, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === 'FROM' || trigger === 'MAINTAINER')
    throw new SourceError(position, `${trigger} isn't allowed as an ONBUILD trigger`);
  const instruction = toInstruction(parseStatement(rest, statement, escape), escape);
  return { kind: 'ONBUILD', trigger: withHeredocs(rest.text, statement), instruction };
}

/** The trigger as an image keeps it: a text that can be parsed again, here-documents included. */
function withHeredocs(line: string, { heredocs }: Statement): string {
  return [line, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n');
}

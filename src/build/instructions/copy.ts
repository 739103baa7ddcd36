import { SourceError } from '../parse/dockerfile-error.ts';
import { heredocStart } from '../parse/heredoc.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import { listOrFields } from './arguments.ts';
import { type FlagKind, FlagSet } from './flag-set.ts';
import type { InlineFile, InstructionBody, Word } from './types.ts';

const common = { chown: 'string', chmod: 'string', link: 'boolean', exclude: 'strings' } as const;
const known: Readonly<Record<'COPY' | 'ADD', Readonly<Record<string, FlagKind>>>> = {
  COPY: { ...common, from: 'string', parents: 'boolean' },
  ADD: { ...common, 'keep-git-dir': 'boolean', checksum: 'string', unpack: 'boolean' },
};

/** `COPY` and `ADD` in both forms, with here-documents as sources. */
export function toCopy(statement: Statement, kind: 'COPY' | 'ADD'): InstructionBody {
  const flags = new FlagSet(statement, known[kind]);
  const { sources, inline, destination } = splitOperands(statement, kind);
  const from = flags.string('from');
  if (from?.text.includes('$'))
    throw new SourceError(
      from.position,
      'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
    );
  const optional = {
    ...given('chown', flags.string('chown')),
    ...given('chmod', flags.string('chmod')),
    ...given('checksum', flags.string('checksum')),
    ...given('unpack', flags.optionalBoolean('unpack')),
    ...given('keepGitDir', flags.optionalBoolean('keep-git-dir')),
  };
  const exclude = flags.strings('exclude');
  const link = flags.boolean('link');
  const parents = flags.boolean('parents');
  return { kind, sources, inline, destination, exclude, link, parents, ...given('from', from), ...optional };
}

const given = <K extends string, T>(key: K, value: T | undefined): { [name in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [name in K]: T });

function splitOperands(
  statement: Statement,
  kind: string,
): { sources: Word[]; inline: InlineFile[]; destination: Word } {
  const words = listOrFields(statement);
  const destination = words.pop();
  if (!destination) throw new SourceError(statement.position, `${kind} requires at least two arguments`);
  if (words.length === 0)
    throw new SourceError(
      statement.position,
      `${kind} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  const bodies = [...statement.heredocs];
  if (heredocStart(destination.text))
    throw new SourceError(destination.position, `${kind} cannot accept a heredoc as a destination`);
  const inline: InlineFile[] = [];
  const sources = words.filter(({ text }) => {
    const heredoc = heredocStart(text) ? bodies.shift() : undefined;
    if (heredoc) inline.push({ name: heredoc.name, heredoc });
    return !heredoc;
  });
  return { sources, inline, destination };
}

import { parseGitUrl } from '../../lib/git-url.ts';
import { invalid } from '../../lib/errors.ts';
import type { InstructionOf } from '../instructions/types.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import { OF_CONTEXT } from '../result/source-date-epoch.ts';
import type { BuildArgs } from './build-args.ts';
import { expandWord, type WordScope } from './expand-word.ts';
import type { Outline, StageOutline } from './outline.ts';

const ONE = 'SOURCE_DATE_EPOCH stage must contain exactly one remote ADD';

/**
 * What `SOURCE_DATE_EPOCH=NAME` takes its time from: the URL that the stage of that name adds and is there for. Undefined for a number and for
 * what is told apart before. Throws for what is neither.
 */
export function epochSource(
  { stages, globalArgs }: Pick<Outline, 'stages' | 'globalArgs'>,
  value: string | undefined,
  escape: EscapeCharacter,
  args: BuildArgs,
): string | undefined {
  if (!value || value === OF_CONTEXT || /^-?\d+$/.test(value)) return undefined;
  const stage = stages.find(({ from }) => from.name === value.toLowerCase());
  if (!stage) throw invalid(`invalid SOURCE_DATE_EPOCH: ${value}`);
  if (stage.base.kind !== 'scratch') throw wrong(stage, 'SOURCE_DATE_EPOCH stage must use FROM scratch');
  const values = new Map(globalArgs);
  values.delete('SOURCE_DATE_EPOCH');
  const scope: WordScope = { escape, lookup: (name) => values.get(name) };
  let url: string | undefined;
  for (const instruction of stage.instructions) {
    if (instruction.kind === 'ARG')
      for (const { key, value: own } of instruction.args) {
        const set = args.take(key.text) ?? (own ? expandWord(own, scope).word : globalArgs.get(key.text));
        if (set !== undefined) values.set(key.text, set);
      }
    else if (instruction.kind !== 'ADD')
      throw wrong(
        stage,
        `SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported ${instruction.kind} instruction`,
      );
    else if (url !== undefined) throw wrong(stage, ONE);
    else url = addedUrl(instruction, stage, scope);
  }
  if (url === undefined) throw wrong(stage, ONE);
  return url;
}

function addedUrl({ sources, inline }: InstructionOf<'ADD'>, stage: StageOutline, scope: WordScope): string {
  const [source] = sources;
  if (!source || sources.length > 1 || inline.length > 0) throw wrong(stage, `${ONE} source`);
  const text = expandWord(source, scope).word;
  if (/^https?:\/\//.test(text) || parseGitUrl(text)) return text;
  throw wrong(stage, 'SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD');
}

const wrong = ({ from }: StageOutline, message: string): Error => new SourceError(from.position, message);

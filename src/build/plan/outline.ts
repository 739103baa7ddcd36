import { didYouMean } from '../../lib/suggest.ts';
import type { Instruction, InstructionOf, Word } from '../instructions/types.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import type { BuildArgs } from './build-args.ts';
import { expandWord } from './expand-word.ts';
import { type ContextSource, findContext, type NamedContexts } from './named-contexts.ts';

export type StageBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | ContextSource;

/** A stage before its base is known. */
export interface StageOutline {
  readonly index: number;
  /** As given with AS, or its number. */
  readonly name: string;
  readonly from: InstructionOf<'FROM'>;
  readonly base: StageBase;
  readonly platform?: Word;
  /** What follows FROM. */
  readonly instructions: readonly Instruction[];
}

export interface Outline {
  /** ARG before the first FROM. */
  readonly globals: readonly InstructionOf<'ARG'>[];
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly stages: readonly StageOutline[];
  readonly target: number;
}

/** Divides instructions into stages, sets global arguments and finds what each stage starts from and which one is the target. */
export function makeOutline(
  instructions: readonly Instruction[],
  escape: EscapeCharacter,
  args: BuildArgs,
  target: string | undefined,
  contexts: NamedContexts = {},
): Outline {
  const first = instructions.findIndex(({ kind }) => kind === 'FROM');
  const globals = instructions.slice(0, first < 0 ? undefined : first).map(globalArg);
  const globalArgs = evaluateGlobals(globals, escape, args);
  const stages: StageOutline[] = [];
  const lookup = (name: string): string | undefined => globalArgs.get(name);
  for (const { from, body } of splitStages(instructions.slice(Math.max(first, 0)))) {
    const text = expandWord(from.base, { escape, lookup }).word;
    const platform = from.platform && expandWord(from.platform, { escape, lookup }).word;
    stages.push({
      index: stages.length,
      name: from.name ?? String(stages.length),
      from,
      base: findBase(text, stages, contexts),
      ...(platform && from.platform && { platform: { ...from.platform, text: platform } }),
      instructions: body,
    });
  }
  if (stages.length === 0)
    throw new SourceError(
      globals.at(-1)?.position ?? { line: 1, column: 1 },
      'dockerfile contains no stages to build',
    );
  return { globals, globalArgs, stages, target: findTarget(target, stages) };
}

function globalArg(instruction: Instruction): InstructionOf<'ARG'> {
  if (instruction.kind === 'ARG') return instruction;
  throw new SourceError(instruction.position, 'no build stage in current context');
}

function evaluateGlobals(
  globals: readonly InstructionOf<'ARG'>[],
  escape: EscapeCharacter,
  args: BuildArgs,
): Map<string, string> {
  const values = new Map(args.platform);
  const lookup = (name: string): string | undefined => values.get(name);
  for (const { key, value } of globals.flatMap((instruction) => instruction.args)) {
    const result = args.take(key.text) ?? (value && expandWord(value, { escape, lookup }).word);
    if (result !== undefined) values.set(key.text, result);
  }
  return values;
}

function* splitStages(
  instructions: readonly Instruction[],
): Iterable<{ from: InstructionOf<'FROM'>; body: Instruction[] }> {
  let stage: { from: InstructionOf<'FROM'>; body: Instruction[] } | undefined;
  for (const instruction of instructions) {
    if (instruction.kind === 'FROM') {
      if (stage) yield stage;
      stage = { from: instruction, body: [] };
    } else stage?.body.push(instruction);
  }
  if (stage) yield stage;
}

function findBase(name: string, earlier: readonly StageOutline[], contexts: NamedContexts): StageBase {
  if (name === 'scratch') return { kind: 'scratch' };
  const context = findContext(contexts, name);
  if (context?.kind === 'image' && context.name === 'scratch') return { kind: 'scratch' };
  if (context) return context;
  const stage = earlier.findLast((item) => item.from.name === name.toLowerCase());
  return stage ? { kind: 'stage', index: stage.index } : { kind: 'image', name };
}

function findTarget(target: string | undefined, stages: readonly StageOutline[]): number {
  if (target === undefined || target === '') return stages.length - 1;
  const index = findStage(target, stages);
  if (index !== undefined) return index;
  const names = stages.flatMap(({ from }) => from.name ?? []);
  throw new SourceError(
    stages[0]?.from.position ?? { line: 1, column: 1 },
    `target stage ${JSON.stringify(target)} could not be found${didYouMean(target, names)}`,
  );
}

/** The stage that a name or number means: the last one of that name. */
export function findStage(name: string, stages: readonly StageOutline[]): number | undefined {
  const named = stages.findLast(({ from }) => from.name === name.toLowerCase());
  if (named) return named.index;
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}

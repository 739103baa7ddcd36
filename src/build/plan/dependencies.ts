import type { Instruction, Word } from '../instructions/types.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import { type ContextSource, findContext, type NamedContexts } from './named-contexts.ts';
import { findStage, type StageOutline } from './outline.ts';

/** What `--from=` names: another stage, an image, or a named context. */
export type Source = { readonly kind: 'stage'; readonly index: number } | ContextSource;

/** The words that name sources of an instruction. */
export function sourceWords(instruction: Instruction): Word[] {
  switch (instruction.kind) {
    case 'COPY':
    case 'ADD':
      return instruction.from ? [instruction.from] : [];
    case 'RUN':
      return instruction.mounts.flatMap(({ options, position }) => {
        const from = options.get('from');
        return from ? [{ text: from, position }] : [];
      });
    default:
      return [];
  }
}

export function resolveSource(
  word: Word,
  stages: readonly StageOutline[],
  own: number,
  contexts: NamedContexts,
): Source {
  const context = findContext(contexts, word.text);
  if (context) return context;
  const index = findStage(word.text, stages);
  if (index === own) throw new SourceError(word.position, circularOn(stages[own], own));
  if (index !== undefined) return { kind: 'stage', index };
  if (/^\d+$/.test(word.text)) throw new SourceError(word.position, `invalid stage index ${word.text}`);
  return { kind: 'image', name: word.text };
}

export const circularOn = (stage: StageOutline | undefined, index: number): string =>
  `circular dependency detected on stage: ${titleOf(stage, index)}`;

/** The name of a stage, in messages. */
export const titleOf = (stage: StageOutline | undefined, index: number): string =>
  stage?.from.name ?? `stage-${index}`;

/** The stages that some need, themselves included, each after those it needs itself. Throws on a cycle, also of stages that none needs. */
export function neededStages(
  stages: readonly StageOutline[],
  wanted: readonly number[],
  contexts: NamedContexts,
): number[] {
  orderOf(stages, [...stages.keys()], contexts);
  return orderOf(stages, wanted, contexts);
}

function orderOf(
  stages: readonly StageOutline[],
  wanted: readonly number[],
  contexts: NamedContexts,
): number[] {
  const order: number[] = [];
  const open = new Set<number>();
  const visit = (index: number, word: Word | undefined): void => {
    const stage = stages[index];
    if (!stage || order.includes(index)) return;
    if (open.has(index))
      throw new SourceError(word?.position ?? stage.from.position, circularOn(stage, index));
    open.add(index);
    if (stage.base.kind === 'stage') visit(stage.base.index, stage.from.base);
    for (const source of stage.instructions.flatMap(sourceWords)) {
      const found = resolveSource(source, stages, index, contexts);
      if (found.kind === 'stage') visit(found.index, source);
    }
    open.delete(index);
    order.push(index);
  };
  for (const index of wanted) visit(index, undefined);
  return order;
}

/** An image that a stage stands on or copies from, and the instruction that says so. */
export interface WantedImage {
  readonly name: string;
  readonly stage: StageOutline;
  readonly instruction: Instruction;
}

/** The images that stages need, without their triggers. */
export function neededImages(
  stages: readonly StageOutline[],
  needed: readonly number[],
  contexts: NamedContexts,
): WantedImage[] {
  return needed.flatMap((index) => {
    const stage = stages[index];
    if (!stage) return [];
    const sources = stage.instructions.flatMap((instruction) =>
      sourceWords(instruction)
        .map((word) => resolveSource(word, stages, index, contexts))
        .flatMap((source) => (source.kind === 'image' ? [{ name: source.name, stage, instruction }] : [])),
    );
    return stage.base.kind === 'image'
      ? [{ name: stage.base.name, stage, instruction: stage.from }, ...sources]
      : sources;
  });
}

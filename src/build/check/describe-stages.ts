import { posix } from 'node:path';
import type { Instruction, RunMount } from '../instructions/types.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { applyArg } from '../plan/apply/arg.ts';
import type { BuildArgs } from '../plan/build-args.ts';
import { expandWord } from '../plan/expand-word.ts';
import type { Outline, StageOutline } from '../plan/outline.ts';
import { StageState } from '../plan/stage-state.ts';
import { descriptionOf } from './description.ts';
import type { DescribedArg, DescribedMount, DescribedParameters } from './types.ts';

interface GlobalArg extends DescribedArg {
  /** The arguments that its value is made of. */
  readonly parts: ReadonlySet<string>;
}

/** The arguments and mounts of the stages that are needed, in the order of the file. What base images set is not known. */
export function describeStages(
  outline: Outline,
  needed: readonly number[],
  given: BuildArgs,
  escape: EscapeCharacter,
): DescribedParameters {
  const globals = describeGlobals(outline, given, escape);
  const states = new Map<number, StageState>();
  const args = new Map<string, DescribedArg>();
  const mounts = new Map<string, DescribedMount>();
  for (const index of needed) {
    const stage = outline.stages[index];
    if (!stage) continue;
    const base = stage.base.kind === 'stage' ? states.get(stage.base.index) : undefined;
    const state = base ? StageState.onStage(base) : StageState.onScratch(given.targetPlatform, escape);
    states.set(index, state);
    for (const name of globalsOf(stage, outline, escape)) addUsed(name, globals, args);
    for (const instruction of stage.instructions) {
      for (const mount of describe(instruction, state)) mounts.set(`${mount.type} ${mount.name}`, mount);
      if (instruction.kind !== 'ARG') continue;
      applyArg(instruction, { state, args: given, globalArgs: outline.globalArgs });
      for (const { key, value } of instruction.args)
        if (value || given.take(key.text) !== undefined || !outline.globalArgs.has(key.text))
          args.set(key.text, describeArg(instruction, key.text, state.valueOf(key.text)));
        else addUsed(key.text, globals, args);
    }
  }
  return { args: sorted(args), mounts: sorted(mounts) };
}

const sorted = <T extends { readonly line: number }>(found: ReadonlyMap<string, T>): T[] =>
  [...found.values()].toSorted((left, right) => left.line - right.line);

function describeArg(
  instruction: Pick<Instruction, 'position' | 'endLine' | 'comments'>,
  name: string,
  value = '',
): DescribedArg {
  const { position, endLine } = instruction;
  return { name, value, description: descriptionOf(instruction, name), line: position.line, endLine };
}

/** The last definition of each counts. */
function describeGlobals(
  { globals }: Outline,
  given: BuildArgs,
  escape: EscapeCharacter,
): ReadonlyMap<string, GlobalArg> {
  const found = new Map<string, GlobalArg>();
  const values = new Map(given.platform);
  for (const instruction of globals)
    for (const { key, value } of instruction.args) {
      const parts = new Set<string>();
      const lookup = (name: string): string | undefined => {
        if (name !== key.text) parts.add(name);
        else for (const part of found.get(name)?.parts ?? []) parts.add(part);
        return values.get(name);
      };
      const result = given.take(key.text) ?? (value && expandWord(value, { escape, lookup }).word);
      if (result !== undefined) values.set(key.text, result);
      found.set(key.text, { ...describeArg(instruction, key.text, result), parts });
    }
  return found;
}

/** A global argument, and those that its value is made of. */
function addUsed(
  name: string,
  globals: ReadonlyMap<string, GlobalArg>,
  args: Map<string, DescribedArg>,
): void {
  const found = globals.get(name);
  if (!found || args.has(name)) return;
  const { parts, ...arg } = found;
  args.set(name, arg);
  for (const part of parts) addUsed(part, globals, args);
}

/** The arguments that FROM names. */
function globalsOf({ from }: StageOutline, { globalArgs }: Outline, escape: EscapeCharacter): string[] {
  const names: string[] = [];
  const lookup = (name: string): string | undefined => {
    names.push(name);
    return globalArgs.get(name);
  };
  for (const word of [from.base, ...(from.platform ? [from.platform] : [])])
    expandWord(word, { escape, lookup });
  return names;
}

const described = ['secret', 'ssh', 'cache'] as const;

/** The mounts of a RUN; an ENV is set. */
function describe(instruction: Instruction, state: StageState): DescribedMount[] {
  if (instruction.kind === 'ENV')
    for (const { key, value } of instruction.pairs) state.setEnv(state.expand(key), state.expand(value));
  if (instruction.kind !== 'RUN') return [];
  const { position, endLine } = instruction;
  return instruction.mounts.flatMap((mount) => {
    const option = optionsOf(mount, state);
    const type = described.find((name) => name === (option('type') || 'bind').toLowerCase());
    if (!type) return [];
    const named = (type === 'secret' && option('source')) || option('id');
    const target = option('target');
    const name = named || { secret: posix.basename(target), ssh: 'default', cache: target }[type];
    const required = /^(?:1|t|true)$/i.test(option('required'));
    return [{ type, name, required, line: position.line, endLine }];
  });
}

const optionsOf =
  ({ options, position }: RunMount, state: StageState) =>
  (name: string): string =>
    state.expand({ text: options.get(name) ?? '', position });

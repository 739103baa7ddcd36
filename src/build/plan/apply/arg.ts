import type { InstructionOf } from '../../instructions/types.ts';
import type { ApplyContext } from './context.ts';

/** ARG in a stage: the value given, else its default, else that of the global argument of this name. */
export function applyArg(
  instruction: InstructionOf<'ARG'>,
  { state, args, globalArgs }: Pick<ApplyContext, 'state' | 'args' | 'globalArgs'>,
): string {
  const written = instruction.args.map(({ key, value }) => {
    const result = args.take(key.text) ?? (value ? state.expand(value) : globalArgs.get(key.text));
    state.setArg(key.text, result);
    return result === undefined ? key.text : `${key.text}=${result}`;
  });
  return `ARG ${written.join(' ')}`;
}

import type { Instruction } from '../../instructions/types.ts';
import { SourceError } from '../../parse/dockerfile-error.ts';
import { applyArg } from './arg.ts';
import type { ApplyContext } from './context.ts';
import { applyCopy } from './copy.ts';
import { applyMetadata } from './metadata.ts';
import { applyRun } from './run.ts';
import { applyWorkdir } from './workdir.ts';

/** Carries one instruction over into the state of its stage. */
export async function apply(instruction: Instruction, context: ApplyContext): Promise<void> {
  switch (instruction.kind) {
    case 'RUN':
      return applyRun(instruction, context);
    case 'COPY':
    case 'ADD':
      return applyCopy(instruction, context);
    case 'WORKDIR':
      return applyWorkdir(instruction, context);
    case 'ARG':
      return context.state.addMetadata(context.step, applyArg(instruction, context));
    case 'FROM':
      throw new SourceError(instruction.position, 'FROM cannot stand within a stage');
    default:
      return context.state.addMetadata(context.step, applyMetadata(instruction, context));
  }
}

import { EngineError, kindOf, messageOf } from '../../lib/errors.ts';
import { DockerfileError } from '../parse/dockerfile-error.ts';
import type { Step } from '../plan/types.ts';
import { CommandError } from './exec/command-error.ts';

/** Gives an error in what an instruction asks for its place in the Dockerfile. A command that failed and what is not the instruction's fault are passed on. */
export function atStep(error: unknown, { file, position }: Step): unknown {
  if (!(error instanceof EngineError) || error instanceof DockerfileError || error instanceof CommandError)
    return error;
  const kind = kindOf(error);
  if (kind === 'internal' || kind === 'cancelled') return error;
  return new DockerfileError(file, position, messageOf(error), { cause: error, kind });
}

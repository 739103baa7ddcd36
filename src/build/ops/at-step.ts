import { EngineError, kindOf, messageOf } from '../../lib/errors.ts';
import { DockerfileError } from '../parse/dockerfile-error.ts';
import type { Step } from '../plan/types.ts';

/** Gives an error in what an instruction asks for its place in the Dockerfile; others are passed on as they are. */
export function atStep(error: unknown, { file, position }: Step): unknown {
  if (error instanceof DockerfileError || !(error instanceof EngineError)) return error;
  const kind = kindOf(error);
  if (kind !== 'invalid' && kind !== 'not-found' && kind !== 'unavailable') return error;
  return new DockerfileError(file, position, messageOf(error), { cause: error });
}

import { toInstructions } from '../instructions/to-instruction.ts';
import type { Instruction } from '../instructions/types.ts';
import { type Position, SourceError } from '../parse/dockerfile-error.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import type { StageOutline } from './outline.ts';

type FromInstruction = StageOutline['from'];

/** An ONBUILD instruction of a base image, at the place of the FROM that names the image. */
export function parseTrigger(text: string, from: FromInstruction): Instruction {
  const place: Position = from.position;
  const [trigger, ...more] = toInstructions(parseDockerfile(`ONBUILD of ${from.base.text}`, text));
  if (!trigger || more.length > 0 || trigger.kind === 'FROM' || trigger.kind === 'ONBUILD')
    throw new SourceError(
      place,
      `${from.base.text} has a trigger that is no instruction: ${text.slice(0, 100)}`,
    );
  return { ...trigger, position: place, original: `ONBUILD ${trigger.original}` };
}

import { SourceError } from '../parse/dockerfile-error.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import { fields } from './arguments.ts';
import { FlagSet } from './flag-set.ts';
import type { InstructionBody } from './types.ts';

const stageName = /^[a-z][a-z0-9\-_.]*$/;

/** `FROM [--platform=P] BASE [AS NAME]` */
export function toFrom(statement: Statement): InstructionBody {
  const platform = new FlagSet(statement, { platform: 'string' }).string('platform');
  const [base, as, name, ...more] = fields(statement);
  if (!base || more.length > 0 || (as && (!name || as.text.toUpperCase() !== 'AS')))
    throw new SourceError(statement.position, 'FROM requires either one or three arguments');
  if (name && !stageName.test(name.text.toLowerCase()))
    throw new SourceError(
      name.position,
      `invalid name for build stage: ${JSON.stringify(name.text)}, name can't start with a number or contain symbols`,
    );
  return {
    kind: 'FROM',
    base,
    ...(platform && { platform }),
    ...(name && { name: name.text.toLowerCase() }),
  };
}

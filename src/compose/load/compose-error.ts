import { EngineError } from '../../lib/errors.ts';
import type { Place } from './tree.ts';

/** One thing that is wrong in a Compose file. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** What is wrong in the Compose files, all of it at once: a line `file:line:column: message` each. */
export class ComposeError extends EngineError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('invalid', problems.map(problemLine).join('\n'));
    this.name = 'ComposeError';
    this.problems = problems;
  }
}

export const formatPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

const problemLine = ({ place, message }: Problem): string => `${formatPlace(place)}: ${message}`;

export const problemAt = (place: Place, message: string): ComposeError =>
  new ComposeError([{ place, message }]);

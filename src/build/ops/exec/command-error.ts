import { EngineError } from '../../../lib/errors.ts';

/** The command of a RUN ended with a status other than 0. */
export class CommandError extends EngineError {
  readonly command: string;
  readonly exitCode: number;

  constructor(command: string, exitCode: number) {
    super('invalid', `The command '${command}' returned a non-zero code: ${exitCode}`);
    this.name = 'CommandError';
    this.command = command;
    this.exitCode = exitCode;
  }
}

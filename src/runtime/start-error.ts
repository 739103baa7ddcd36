import { EngineError } from '../lib/errors.ts';

/** The program of a container or exec could not be started: Docker's 126 (found, not executable) and 127 (not found), 128 otherwise. */
export class StartError extends EngineError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(exitCode === 128 ? 'internal' : 'invalid', message, options);
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}

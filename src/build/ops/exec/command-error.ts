import type { Digest } from '../../../oci/digest.ts';
import { EngineError } from '../../../lib/errors.ts';
import type { ExecOp, Step } from '../../plan/types.ts';

/** What a command that failed wrote, as the last of these layers. */
export interface LeftByCommand {
  readonly layers: readonly Digest[];
  /** Bytes of the last layer. */
  readonly size: number;
  readonly op: ExecOp;
  readonly step: Step;
}

/** The command of a RUN ended with a status other than 0. */
export class CommandError extends EngineError {
  readonly command: string;
  readonly exitCode: number;
  /** For whoever wants to keep it; its layer goes at the next collection otherwise. */
  readonly left: LeftByCommand | undefined;

  constructor(command: string, exitCode: number, left?: LeftByCommand) {
    super('invalid', `The command '${command}' returned a non-zero code: ${exitCode}`);
    this.name = 'CommandError';
    this.command = command;
    this.exitCode = exitCode;
    this.left = left;
  }
}

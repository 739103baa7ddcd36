import { SourceError } from '../parse/dockerfile-error.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import { commandOf } from './arguments.ts';
import { FlagSet } from './flag-set.ts';
import { toMount } from './run-mount.ts';
import type { InstructionBody, RunInstruction, Word } from './types.ts';

/** `RUN [--mount=…] [--network=…] COMMAND` */
export function toRun(statement: Statement): InstructionBody {
  const flags = new FlagSet(statement, {
    mount: 'strings',
    network: 'string',
    security: 'string',
    device: 'strings',
  });
  const command = commandOf(statement);
  const length = command.form === 'exec' ? command.args.length : command.line.length;
  if (length === 0) throw new SourceError(statement.position, 'RUN requires at least one argument');
  refuseDevices(flags);
  return {
    kind: 'RUN',
    command,
    heredocs: command.form === 'shell' ? statement.heredocs : [],
    mounts: flags.strings('mount').map(toMount),
    network: networkOf(flags.strings('network')[0]),
    security: securityOf(flags.strings('security')[0]),
  };
}

function networkOf(word: Word | undefined): RunInstruction['network'] {
  if (!word) return 'default';
  if (word.text === 'default' || word.text === 'none' || word.text === 'host') return word.text;
  throw new SourceError(
    word.position,
    `invalid network mode ${JSON.stringify(word.text)}: want default, none or host`,
  );
}

function securityOf(word: Word | undefined): RunInstruction['security'] {
  if (!word) return 'sandbox';
  if (word.text === 'sandbox' || word.text === 'insecure') return word.text;
  throw new SourceError(word.position, `security ${JSON.stringify(word.text)} is not valid`);
}

function refuseDevices(flags: FlagSet): void {
  const device = flags.strings('device')[0];
  if (device)
    throw new SourceError(
      device.position,
      `RUN --device is not supported by this engine: ${device.text} (devices of CDI are given to containers only)`,
    );
}

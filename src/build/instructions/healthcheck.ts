import { parseDuration } from '../../lib/duration.ts';
import { messageOf } from '../../lib/errors.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import { readJsonArray } from '../parse/json-array.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import { notStrings } from './arguments.ts';
import { FlagSet } from './flag-set.ts';
import type { Command, InstructionBody, Word } from './types.ts';

const MILLISECOND = 1e6;

/** `HEALTHCHECK [flags] CMD …` or `HEALTHCHECK NONE` */
export function toHealthcheck(statement: Statement): InstructionBody {
  const flags = new FlagSet(statement, {
    interval: 'string',
    timeout: 'string',
    'start-period': 'string',
    'start-interval': 'string',
    retries: 'string',
  });
  const times = {
    interval: duration(flags.string('interval'), 'interval'),
    timeout: duration(flags.string('timeout'), 'timeout'),
    startPeriod: duration(flags.string('start-period'), 'start-period'),
    startInterval: duration(flags.string('start-interval'), 'start-interval'),
    retries: retries(flags.string('retries')),
  };
  return { kind: 'HEALTHCHECK', test: testOf(statement), ...times };
}

function testOf({ rest, position, flags }: Statement): 'NONE' | Command {
  const type = /^\S*/.exec(rest.text)?.[0] ?? '';
  const line = rest.text.slice(type.length).trim();
  switch (type.toUpperCase()) {
    case '':
      throw new SourceError(position, 'HEALTHCHECK requires at least one argument');
    case 'NONE':
      if (line !== '' || flags.length > 0)
        throw new SourceError(rest.at(0), 'HEALTHCHECK NONE takes no arguments');
      return 'NONE';
    case 'CMD':
      return commandOf(line, rest.at(0));
    default:
      throw new SourceError(rest.at(0), `Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`);
  }
}

function commandOf(line: string, position: Word['position']): Command {
  const array = readJsonArray(line);
  if (array.kind === 'not-strings') throw new SourceError(position, notStrings);
  const command: Command =
    array.kind === 'strings' ? { form: 'exec', args: array.values } : { form: 'shell', line };
  if (line === '' || (command.form === 'exec' && command.args.length === 0))
    throw new SourceError(position, 'Missing command after HEALTHCHECK CMD');
  return command;
}

function duration(word: Word | undefined, name: string): number {
  if (!word) return 0;
  let value: number;
  try {
    value = parseDuration(word.text);
  } catch (error) {
    throw new SourceError(word.position, messageOf(error));
  }
  if (value < 0 || (value > 0 && value < MILLISECOND))
    throw new SourceError(word.position, `Interval "${name}" cannot be less than 1ms`);
  return value;
}

function retries(word: Word | undefined): number {
  if (!word) return 0;
  if (!/^[+-]?\d+$/.test(word.text))
    throw new SourceError(word.position, `--retries must be a number, not ${JSON.stringify(word.text)}`);
  const value = Number(word.text);
  if (value < 0) throw new SourceError(word.position, `--retries cannot be negative (${value})`);
  return value;
}

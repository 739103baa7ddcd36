import type { Context } from './context.ts';
import { type Flag, type FlagSet, parseFlags, type Values } from './flags.ts';
import { UsageError } from './usage-error.ts';

/** One command of `lade`. `run` returns the exit status; nothing means 0. */
export interface Command<F extends FlagSet = FlagSet> {
  readonly summary: string;
  /** What follows the command's name, such as `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string;
  readonly flags: F;
  /** How many arguments it takes; default none. `withUsage`: a command of Compose that tells of a wrong number as all others do. */
  readonly args?: { readonly min: number; readonly max?: number; readonly withUsage?: boolean };
  /** False: flags end at the first argument. */
  readonly interspersed?: boolean;
  /** It needs no engine. */
  readonly offline?: boolean;
  run(context: Context, flags: Values<F>, args: readonly string[]): Promise<number | void>;
}

/** Gives a command its type; the flags are inferred. */
export const defineCommand = <const F extends FlagSet>(command: Command<F>): Command<F> => command;

/** Parses the command line of a command and runs it. */
export async function runCommand(
  command: Command,
  context: Context,
  name: string,
  argv: readonly string[],
): Promise<number> {
  try {
    const { values, args } = parseFlags(command.flags, argv, command.interspersed ?? true);
    checkArgs(command, name, args);
    return (await command.run(context, values, args)) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message === 'help') {
      context.out.write(helpOf(command, name));
      return 0;
    }
    context.err.write(`${withUsage(error, command, name)}\n`);
    return error.status;
  }
}

/** What is wrong with a command line, and how to write it. */
export const withUsage = ({ message }: UsageError, { usage }: Command, name: string): string =>
  `${message}\n\nUsage:  ${`${name} ${usage}`.trimEnd()}\n\nRun '${name} --help' for more information`;

/** Throws UsageError for a number of arguments that a command does not take. */
export function checkArgs(command: Command, name: string, args: readonly string[]): void {
  const { min, max = Infinity } = command.args ?? { min: 0, max: 0 };
  if (args.length >= min && args.length <= max) return;
  const wanted = max === 0 ? 'accepts no arguments' : `requires ${amount(min, max)}`;
  throw new UsageError(`lade: '${name}' ${wanted}`, 1);
}

function amount(min: number, max: number): string {
  if (min === max) return plural(`${min}`, min);
  if (max === Infinity) return plural(`at least ${min}`, min);
  if (min === 0) return plural(`at most ${max}`, max);
  return plural(`at least ${min} and at most ${max}`, max);
}

const plural = (text: string, count: number): string => `${text} argument${count === 1 ? '' : 's'}`;

/** What `--help` prints. */
export function helpOf(command: Command, name: string): string {
  const rows = optionRows(command.flags);
  return `\nUsage:  ${name} ${command.usage}\n\n${command.summary}\n${rows === '' ? '' : `\nOptions:\n${rows}`}`;
}

/** The flags that are shown, a line each. */
export function optionRows(flags: FlagSet): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(
      ([long, flag]) =>
        [
          `${flag.short === undefined ? '    ' : `-${flag.short}, `}--${long}${metavar(flag)}`,
          flag.help,
        ] as const,
    );
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `  ${left.padEnd(width)}   ${help}\n`).join('');
}

const metavar = (flag: Flag): string => (flag.kind === 'bool' ? '' : ` ${flag.value ?? 'string'}`);

import { ComposeError, formatProblems } from '../../compose/load/compose-error.ts';
import { didYouMean } from '../../lib/suggest.ts';
import { type Command, helpOf } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, parseFlags } from '../flags.ts';
import { UsageError } from '../usage-error.ts';
import { composeCommands } from './commands.ts';
import { composeContext, type ComposeFlags, parseGlobals } from './globals.ts';

/** Runs a command line of `lade compose`, without these two words. */
export async function composeMain(context: Context, argv: readonly string[]): Promise<number> {
  const { globals, rest } = parsed(() => parseGlobals(argv)) ?? { rest: ['help'] };
  const [name = 'help', ...words] = rest;
  if (globals?.version) return runNamed(context, globals, 'version', []);
  if (!globals || (name === 'help' && words.length === 0)) {
    const { composeHelp } = await import('./help.ts');
    context.out.write(await composeHelp());
    return 0;
  }
  return name === 'help'
    ? runNamed(context, globals, words[0] ?? '', ['--help'])
    : runNamed(context, globals, name, words);
}

async function runNamed(
  context: Context,
  globals: ComposeFlags,
  name: string,
  words: readonly string[],
): Promise<number> {
  const entry = Object.hasOwn(composeCommands, name) ? composeCommands[name] : undefined;
  if (!entry)
    throw new ExitError(
      1,
      `unknown lade compose command: ${JSON.stringify(`compose ${name}`)}${didYouMean(name, Object.keys(composeCommands))}`,
    );
  const { command } = (await entry.load()) as { command: Command };
  const flags = { ...command.flags, 'dry-run': bool('Execute command in dry run mode') };
  const given = parsed(() => parseFlags(flags, words, command.interspersed ?? true));
  if (!given) {
    context.out.write(helpOf({ ...command, flags }, `lade compose ${name}`).trimStart());
    return 0;
  }
  checkArgs(command, given.args.length);
  const dryRun = given.values['dry-run'] || globals['dry-run'];
  const { dryRunClient } = dryRun ? await import('../../compose/dry-run.ts') : {};
  const client = dryRunClient ? dryRunClient(context.client) : context.client;
  const own = composeContext(context, { ...globals, 'dry-run': dryRun }, client);
  try {
    return (await command.run(own, given.values, given.args)) ?? 0;
  } catch (error) {
    throw error instanceof ComposeError ? new ExitError(1, formatProblems(error, context.cwd)) : error;
  }
}

/** What was read of a command line; undefined when it asks for help. What is wrong is told in one line, as Compose does. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message === 'help') return undefined;
    throw new ExitError(1, error.message);
  }
}

function checkArgs({ args }: Command, count: number): void {
  const { min, max = Infinity } = args ?? { min: 0, max: 0 };
  if (count >= min && count <= max) return;
  throw new ExitError(1, argsProblem(min, max, count));
}

/** In the words of Compose. */
function argsProblem(min: number, max: number, count: number): string {
  if (max === 0) return `accepts no arguments, received ${count}`;
  if (min === max) return `accepts ${min} arg(s), received ${count}`;
  if (max === Infinity) return `requires at least ${min} arg(s), only received ${count}`;
  if (min === 0) return `accepts at most ${max} arg(s), received ${count}`;
  return `accepts between ${min} and ${max} arg(s), received ${count}`;
}

import { ComposeError, formatProblems } from '../../compose/load/compose-error.ts';
import { RemoteNeeded } from '../../compose/load/remote-reference.ts';
import { didYouMean } from '../../lib/suggest.ts';
import { checkArgs, type Command, helpOf, withUsage } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, parseFlags } from '../flags.ts';
import { UsageError } from '../usage-error.ts';
import { composeCommands, composeGroups } from './commands.ts';
import { endOnInterrupt } from './interrupts.ts';
import { parallelOf } from './parallel.ts';
import { tellsNotes } from './tell-warnings.ts';
import {
  type ComposeContext,
  checkProgress,
  composeContext,
  type ComposeFlags,
  modernized,
  parseGlobals,
} from './globals.ts';

/** Runs a command line of `lade compose`, without these two words. */
export async function composeMain(context: Context, argv: readonly string[]): Promise<number> {
  const { globals, rest } = parsed(() => parseGlobals(argv)) ?? { rest: [] };
  if (globals?.version) return runNamed(context, globals, ['', 'version']);
  const { group, words, dryRun } = findGroup(rest[0] === 'help' ? [...rest.slice(1), '--help'] : rest);
  if (globals && words.length > 0)
    return runNamed(context, modernized({ ...globals, 'dry-run': dryRun || globals['dry-run'] }), [
      group,
      ...words,
    ]);
  const { composeHelp } = await import('./help.ts');
  context.out.write(await composeHelp(group));
  return 0;
}

/** The group of commands that a line is about, and the words behind its name and flags; none when it asks for help on the group. */
function findGroup(line: readonly string[]): { group: string; words: readonly string[]; dryRun: boolean } {
  let group = '';
  let words = line;
  let dryRun = false;
  for (;;) {
    const name = `${group} ${words[0] ?? ''}`.trimStart();
    if (words[0] === '--help' || words[0] === '-h') return { group, words: [], dryRun };
    if (!Object.hasOwn(composeGroups, name)) return { group, words, dryRun };
    group = name;
    const given = parsed(() => parseFlags(groupFlags, words.slice(1), false));
    if (!given) return { group, words: [], dryRun };
    words = given.args;
    dryRun ||= given.values['dry-run'] ?? false;
  }
}

const groupFlags = { 'dry-run': bool('Execute command in dry run mode') } as const;

/** Whether a command line has nothing to ask an engine for, so that none is started for it. */
export function needsNoEngine(argv: readonly string[]): boolean {
  const given = parsed(() => parseGlobals(argv));
  if (!given) return true; // it asks for help
  const { globals, rest } = given;
  if (rest.some((word) => word.endsWith('-image-digests'))) return false; // registries are asked by the engine
  return globals.version === true || rest.includes('--help') || OFFLINE.has(rest[0] ?? 'help');
}

const OFFLINE: ReadonlySet<string> = new Set(['config', 'convert', 'version', 'help']);

/** Runs the command of a group, or of none (''). */
async function runNamed(
  context: Context,
  globals: ComposeFlags,
  [group = '', verb = '', ...words]: readonly string[],
): Promise<number> {
  const name = `${group} ${verb}`.trimStart();
  const entry = composeCommands[name];
  if (!entry)
    throw new ExitError(
      1,
      `unknown lade compose command: ${JSON.stringify(`compose ${name}`)}${didYouMean(name, Object.keys(composeCommands))}`,
    );
  const { command } = (await entry.load()) as { command: Command };
  const flags = { ...command.flags, ...groupFlags };
  const given = parsed(() => parseFlags(flags, words, command.interspersed ?? true));
  if (!given) {
    context.out.write(helpOf({ ...command, flags }, `lade compose ${name}`).trimStart());
    return 0;
  }
  checkCount(command, `lade compose ${name}`, given.args);
  checkGlobals(context, globals);
  const dryRun = given.values['dry-run'] || globals['dry-run'];
  const { dryRunClient } = dryRun ? await import('../../compose/dry-run.ts') : {};
  const client = dryRunClient ? dryRunClient(context.client) : context.client;
  const own = composeContext(context, { ...globals, 'dry-run': dryRun }, client, tellsNotes(name));
  using _signals = endOnInterrupt(context.err);
  try {
    return (await withCopies(own, () => command.run(own, given.values, given.args))) ?? 0;
  } catch (error) {
    throw error instanceof ComposeError ? new ExitError(1, formatProblems(error, context.cwd)) : error;
  }
}

/** Files that lie elsewhere are fetched once it is known that they are needed; then the command begins anew. */
async function withCopies<T>(context: ComposeContext, run: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof RemoteNeeded) || context.copies.has(error.reference)) throw error;
      const { fetchForProject } = await import('./fetch-for-project.ts');
      context.copies.set(error.reference, await fetchForProject(context, error.reference));
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

/** What not every command looks at is wrong for each. */
function checkGlobals({ env }: Context, globals: ComposeFlags): void {
  const { ansi, progress } = globals;
  checkProgress(progress);
  if (progress === 'tty' && ansi === 'never')
    throw new ExitError(1, "can't use --progress tty while ANSI support is disabled");
  if (progress === 'plain' && ansi === 'always')
    throw new ExitError(1, "can't use --progress plain while ANSI support is forced");
  parallelOf({ globals, env });
}

function checkCount(command: Command, name: string, args: readonly string[]): void {
  const { min, max = Infinity, withUsage: isLong = false } = command.args ?? { min: 0, max: 0 };
  if (isLong)
    try {
      return checkArgs(command, name, args);
    } catch (error) {
      throw error instanceof UsageError ? new ExitError(1, withUsage(error, command, name)) : error;
    }
  if (max === 0 && args.length > 0)
    throw new ExitError(1, `unknown command ${JSON.stringify(args[0])} for ${JSON.stringify(name)}`);
  if (args.length < min || args.length > max) throw new ExitError(1, argsProblem(min, max, args.length));
}

/** In the words of Compose. */
function argsProblem(min: number, max: number, count: number): string {
  if (min === max) return `accepts ${min} arg(s), received ${count}`;
  if (max === Infinity) return `requires at least ${min} arg(s), only received ${count}`;
  if (min === 0) return `accepts at most ${max} arg(s), received ${count}`;
  return `accepts between ${min} and ${max} arg(s), received ${count}`;
}

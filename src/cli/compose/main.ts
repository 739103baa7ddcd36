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
import { type ComposeContext, composeContext, type ComposeFlags, parseGlobals } from './globals.ts';

/** Runs a command line of `lade compose`, without these two words. */
export async function composeMain(context: Context, argv: readonly string[]): Promise<number> {
  const { globals, rest } = parsed(() => parseGlobals(argv)) ?? { rest: [] };
  if (globals?.version) return runNamed(context, globals, ['version']);
  const words = rest[0] === 'help' ? [...rest.slice(1), '--help'] : rest;
  const group = ['', ...Object.keys(composeGroups)].find((name) => name === withoutHelp(words));
  if (globals && group === undefined) return runNamed(context, globals, words);
  const { composeHelp } = await import('./help.ts');
  context.out.write(await composeHelp(group ?? ''));
  return 0;
}

/** Whether a command line has nothing to ask an engine for, so that none is started for it. */
export function needsNoEngine(argv: readonly string[]): boolean {
  const given = parsed(() => parseGlobals(argv));
  if (!given) return true; // it asks for help
  const { globals, rest } = given;
  if (rest.some((word) => word.endsWith('-image-digests'))) return false; // registries are asked by the engine
  return globals.version === true || rest.includes('--help') || OFFLINE.has(rest[0] ?? 'help');
}

const OFFLINE: ReadonlySet<string> = new Set(['config', 'convert', 'version', 'help']);

const withoutHelp = (words: readonly string[]): string =>
  (words.at(-1) === '--help' || words.at(-1) === '-h' ? words.slice(0, -1) : words).join(' ');

async function runNamed(context: Context, globals: ComposeFlags, line: readonly string[]): Promise<number> {
  const { name, words } = splitName(line);
  const entry = composeCommands[name];
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

/** The longest beginning of a line that names a command, and what follows it. */
function splitName(line: readonly string[]): { name: string; words: readonly string[] } {
  for (let count = Math.min(3, line.length); count > 0; count--) {
    const name = line.slice(0, count).join(' ');
    if (Object.hasOwn(composeCommands, name)) return { name, words: line.slice(count) };
  }
  const group = Object.hasOwn(composeGroups, line[0] ?? '') ? 2 : 1;
  return { name: line.slice(0, group).join(' '), words: [] };
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
  const { progress = '' } = globals;
  if (!/^(auto|tty|plain|json|quiet|)$/.test(progress))
    throw new ExitError(1, `unsupported --progress value ${JSON.stringify(progress)}`);
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

import { nearest } from '../../lib/suggest.ts';
import { type Command, runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import type { Loader } from '../commands.ts';
import { UsageError } from '../usage-error.ts';
import { composeContext, parseGlobals } from './globals.ts';

/** The commands of `lade compose`. */
const commands: Readonly<Record<string, Loader>> = {
  build: () => import('./build.ts'),
  config: () => import('./config.ts'),
  convert: () => import('./config.ts'),
  create: () => import('./create.ts'),
  down: () => import('./down.ts'),
  exec: () => import('./exec.ts'),
  images: () => import('./images.ts'),
  kill: () => import('./kill.ts'),
  logs: () => import('./logs.ts'),
  ls: () => import('./ls.ts'),
  pause: () => import('./pause.ts'),
  port: () => import('./port.ts'),
  ps: () => import('./ps.ts'),
  pull: () => import('./pull.ts'),
  restart: () => import('./restart.ts'),
  rm: () => import('./rm.ts'),
  run: () => import('./run.ts'),
  start: () => import('./start.ts'),
  stop: () => import('./stop.ts'),
  top: () => import('./top.ts'),
  unpause: () => import('./unpause.ts'),
  up: () => import('./up.ts'),
  version: () => import('./version.ts'),
  watch: () => import('./watch.ts'),
};

/** Runs a command line of `lade compose`, without these two words. */
export async function composeMain(context: Context, argv: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parseGlobals>;
  try {
    parsed = parseGlobals(argv);
  } catch (error) {
    if (error instanceof UsageError && error.message === 'help') return usage(context, 0);
    throw error instanceof UsageError ? new ExitError(1, error.message) : error;
  }
  const [name, ...rest] = parsed.rest;
  if (name === undefined || name === 'help') return usage(context, 0);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    const near = nearest(name, Object.keys(commands));
    throw new ExitError(
      1,
      `unknown lade compose command: ${JSON.stringify(`compose ${name}`)}${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    );
  }
  const { command } = await load();
  const { dryRunClient } = parsed.globals['dry-run'] ? await import('../../compose/dry-run.ts') : {};
  const client = dryRunClient ? dryRunClient(context.client) : context.client;
  return runCommand(
    command as Command,
    composeContext(context, parsed.globals, client),
    `lade compose ${name}`,
    rest,
  );
}

function usage(context: Context, status: number): number {
  context.out.write(
    `\nUsage:  lade compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications\n\nCommands:\n  ${Object.keys(commands).toSorted().join(', ')}\n\nRun 'lade compose COMMAND --help' for more information on a command.\n`,
  );
  return status;
}

import { nearest } from '../../lib/suggest.ts';
import { type Command, runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { UsageError } from '../usage-error.ts';
import { composeContext, parseGlobals } from './globals.ts';

type Loader = () => Promise<Command<any>>;
const file =
  (load: () => Promise<{ command: Command<any> }>): Loader =>
  async () =>
    (await load()).command;
const lifecycle =
  (name: 'start' | 'stop' | 'restart' | 'kill' | 'pause' | 'unpause' | 'rm'): Loader =>
  async () =>
    (await import('./lifecycle.ts'))[name] as Command<any>;

/** The commands of `lade compose`. */
const commands: Readonly<Record<string, Loader>> = {
  build: file(() => import('./build.ts')),
  config: file(() => import('./config.ts')),
  convert: file(() => import('./config.ts')),
  create: file(() => import('./create.ts')),
  down: file(() => import('./down.ts')),
  exec: file(() => import('./exec.ts')),
  images: file(() => import('./images.ts')),
  kill: lifecycle('kill'),
  logs: file(() => import('./logs.ts')),
  ls: file(() => import('./ls.ts')),
  pause: lifecycle('pause'),
  port: file(() => import('./port.ts')),
  ps: file(() => import('./ps.ts')),
  pull: file(() => import('./pull.ts')),
  restart: lifecycle('restart'),
  rm: lifecycle('rm'),
  run: file(() => import('./run.ts')),
  start: lifecycle('start'),
  stop: lifecycle('stop'),
  top: file(() => import('./top.ts')),
  unpause: lifecycle('unpause'),
  up: file(() => import('./up.ts')),
  version: file(() => import('./version.ts')),
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
  return runCommand(await load(), composeContext(context, parsed.globals), `lade compose ${name}`, rest);
}

function usage(context: Context, status: number): number {
  context.out.write(
    `\nUsage:  lade compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications\n\nCommands:\n  ${Object.keys(commands).toSorted().join(', ')}\n\nRun 'lade compose COMMAND --help' for more information on a command.\n`,
  );
  return status;
}

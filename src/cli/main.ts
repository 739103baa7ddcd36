import { join } from 'node:path';
import { createClient } from '../client/client.ts';
import { hasCode, messageOf } from '../lib/errors.ts';
import { type Command, runCommand } from './command.ts';
import { groups, topLevel } from './commands.ts';
import type { Context } from './context.ts';
import { DEFAULT_SOCKET, ensureEngine } from './engine-process.ts';
import { errorLine, ExitError } from './exit-code.ts';

const program = join(import.meta.dirname, '../../bin/lade');

/** Runs one command line of `lade` and returns its exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', leaveBrokenPipe);
  try {
    const { host, rest, help, version } = globalFlags(argv);
    if (version) return dispatch(['version', '--format', 'lading version {{.Client.Version}}'], host);
    if (help || rest.length === 0) return usage(process.stdout);
    return await dispatch(rest, host);
  } catch (error) {
    const status = error instanceof ExitError ? error.status : 1;
    const line = error instanceof ExitError ? error.message : errorLine(error);
    if (line !== '') process.stderr.write(`${line}\n`);
    if (process.env['LADE_DEBUG'] && error instanceof Error)
      process.stderr.write(`${error.stack ?? messageOf(error)}\n`);
    return status;
  }
}

/** Nobody reads our output any more (`lade logs x | head`): end as a program that SIGPIPE ended. */
function leaveBrokenPipe(error: unknown): void {
  if (!hasCode(error, 'EPIPE')) throw error;
  process.exit(141);
}

interface Globals {
  readonly host: string | undefined;
  readonly rest: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
}

/** Flags before the command's name. */
function globalFlags(argv: readonly string[]): Globals {
  const words = [...argv];
  let host = process.env['LADE_HOST'] ?? process.env['DOCKER_HOST'];
  let help = false;
  let version = false;
  while (words[0]?.startsWith('-')) {
    const word = words.shift() as string;
    const [name, value] = word.split(/=(.*)/s);
    if (name === '-H' || name === '--host') host = value ?? words.shift();
    else if (word.startsWith('-H')) host = word.slice(2);
    else if (name === '-D' || name === '--debug') process.env['LADE_DEBUG'] = '1';
    else if (name === '-h' || name === '--help') help = true;
    else if (name === '-v' || name === '--version') version = true;
    else if (name === '--config') process.env['DOCKER_CONFIG'] = value ?? words.shift();
    else if (name === '-l' || name === '--log-level' || name === '-c' || name === '--context')
      void (value ?? words.shift());
    else throw new ExitError(125, `unknown flag: ${word}\nRun 'lade --help' for more information`);
  }
  return { host: host === '' ? undefined : host, rest: words, help, version };
}

async function dispatch(words: readonly string[], host: string | undefined): Promise<number> {
  const [first = '', second = '', ...others] = words;
  if (first === 'help')
    return second === '' ? usage(process.stdout) : dispatch([second, ...others, '--help'], host);
  if (first === 'compose' || first === 'up') {
    const { composeMain } = await import('./compose/main.ts');
    return withContext(host, (context) => composeMain(context, first === 'up' ? words : words.slice(1)));
  }
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  const load = group
    ? Object.hasOwn(group.commands, second)
      ? group.commands[second]
      : undefined
    : Object.hasOwn(topLevel, first)
      ? topLevel[first]
      : undefined;
  if (group && !load) return groupUsage(first, second);
  if (!load)
    throw new ExitError(
      1,
      `lade: unknown command: lade ${first}${nearest(first)}\n\nRun 'lade --help' for more information`,
    );
  const { command } = await load();
  const [name, argv] = group ? [`lade ${first} ${second}`, others] : [`lade ${first}`, words.slice(1)];
  return withContext(
    host,
    (context) => runCommand(command as Command, context, name, argv),
    argv.includes('--help'),
  );
}

async function withContext(
  host: string | undefined,
  run: (context: Context) => Promise<number>,
  offline = false,
): Promise<number> {
  if (host === undefined && !offline) await ensureEngine(program);
  const client = createClient({ host: host ?? `unix://${DEFAULT_SOCKET}` });
  const stop = new AbortController();
  const context: Context = {
    client,
    // opened when somebody asks for them, which takes Node some milliseconds
    get out() {
      return process.stdout;
    },
    get err() {
      return process.stderr;
    },
    get in() {
      return process.stdin;
    },
    env: process.env,
    cwd: process.cwd(),
    signal: stop.signal,
  };
  try {
    return await run(context);
  } finally {
    stop.abort();
    client.close();
  }
}

function groupUsage(name: string, verb: string): number {
  const group = groups[name];
  const wrong = verb !== '' && !verb.startsWith('-');
  const out = wrong ? process.stderr : process.stdout;
  if (wrong) out.write(`lade: unknown command: lade ${name} ${verb}\n`);
  out.write(
    `\nUsage:  lade ${name} COMMAND\n\n${group?.summary}\n\nCommands:\n  ${Object.keys(group?.commands ?? {})
      .toSorted()
      .join(', ')}\n\nRun 'lade ${name} COMMAND --help' for more information on a command.\n`,
  );
  return wrong ? 1 : 0;
}

function usage(out: NodeJS.WritableStream): number {
  const section = (title: string, names: readonly string[]): string => `\n${title}:\n  ${names.join(', ')}\n`;
  out.write(
    `\nUsage:  lade [OPTIONS] COMMAND\n\nA container engine that speaks Docker's language\n` +
      section('Commands', [...Object.keys(topLevel), 'compose', 'up', 'engine'].toSorted()) +
      section('Management commands', Object.keys(groups).toSorted()) +
      `\nOptions:\n  -H, --host string   Engine to talk to (default $LADE_HOST, $DOCKER_HOST, unix://${DEFAULT_SOCKET})\n  -D, --debug         Show where errors come from\n  -v, --version       Print version information and quit\n\nRun 'lade COMMAND --help' for more information on a command.\n`,
  );
  return 0;
}

function nearest(word: string): string {
  const names = [...Object.keys(topLevel), ...Object.keys(groups), 'compose', 'up', 'engine'];
  const close = names.find(
    (name) => name.length > 2 && [...name].toSorted().join('') === [...word].toSorted().join(''),
  );
  const prefix = names.find((name) => word.length > 2 && (name.startsWith(word) || word.startsWith(name)));
  const found = close ?? prefix;
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}

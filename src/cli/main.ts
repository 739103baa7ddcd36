import { fileURLToPath } from 'node:url';
import { createClient } from '../client/client.ts';
import { hasCode, messageOf } from '../lib/errors.ts';
import { chooseHost, type HostFlags } from './choose-host.ts';
import { type Command, runCommand } from './command.ts';
import { type Group, groups, type Loader, topLevel } from './commands.ts';
import type { Context } from './context.ts';
import { DEFAULT_SOCKET, ensureEngine } from './engine-process.ts';
import { errorLine, ExitError } from './exit-code.ts';
import { globalFlags, globalOptions } from './global-flags.ts';

const program = fileURLToPath(new URL('../../bin/lade', import.meta.url));

/** Runs one command line of `lade` and returns its exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const streams = [process.stdout, process.stderr];
  for (const stream of streams) stream.on('error', leaveBrokenPipe);
  const status = await run(argv);
  await Promise.all(streams.map(written));
  return status;
}

/** Settles when all is out: what a pipe has not taken yet would be lost at the end of the process. */
const written = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()));

async function run(argv: readonly string[]): Promise<number> {
  try {
    const { host, rest, help, version } = globalFlags(argv);
    if (version) return await dispatch(['version', '--format', 'lading version {{.Client.Version}}'], host);
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

async function dispatch(words: readonly string[], host: HostFlags): Promise<number> {
  const [first = '', second = '', ...others] = words;
  if (first === 'help')
    return second === '' ? usage(process.stdout) : dispatch([second, ...others, '--help'], host);
  if (first === 'compose' || first === 'up') {
    const { composeMain, needsNoEngine } = await import('./compose/main.ts');
    const argv = first === 'up' ? words : words.slice(1);
    return withContext(host, (context) => composeMain(context, argv), { startsNone: needsNoEngine(argv) });
  }
  if (Object.hasOwn(groups, first)) return dispatchGroup(first, second, others, host);
  const load = Object.hasOwn(topLevel, first) ? topLevel[first] : undefined;
  if (load) return runLoaded(load, `lade ${first}`, words.slice(1), host);
  if (Object.hasOwn(absent, first)) throw new ExitError(1, `lade ${first}: ${absent[first]}`);
  const { didYouMean } = await import('../lib/suggest.ts'); // most commands are known
  throw new ExitError(
    1,
    `lade: unknown command: lade ${first}${didYouMean(first, allWords())}\n\nRun 'lade --help' for more information`,
  );
}

const swarm = 'swarm mode is not supported by this engine: "lade compose" runs several services on one host';

/** Commands of Docker's that are not here, and why. */
const absent: Readonly<Record<string, string>> = {
  swarm,
  stack: swarm,
  service: swarm,
  node: swarm,
  secret: swarm,
  config: swarm,
  plugin:
    'plugins are not supported by this engine, but for volume drivers that listen in /run/docker/plugins',
};

async function dispatchGroup(
  first: string,
  second: string,
  argv: readonly string[],
  host: HostFlags,
): Promise<number> {
  const group = groups[first] as Group;
  const verb = ownValue(group.aliases, second) ?? second;
  const load = ownValue(group.commands, verb);
  if (load) return runLoaded(load, `lade ${first} ${verb}`, argv, host);
  if (second === '' || second.startsWith('-'))
    return (await import('./group-help.ts')).printGroupHelp(first, group, second);
  throw new ExitError(
    1,
    `lade: unknown command: lade ${first} ${second}\n\nUsage:  lade ${first}\n\nRun 'lade ${first} --help' for more information`,
  );
}

const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record && Object.hasOwn(record, name) ? record[name] : undefined;

async function runLoaded(
  load: Loader,
  name: string,
  argv: readonly string[],
  host: HostFlags,
): Promise<number> {
  const { command } = await load();
  return withContext(host, (context) => runCommand(command as Command, context, name, argv), {
    offline: command.offline || argv.includes('--help'),
  });
}

async function withContext(
  host: HostFlags,
  run: (context: Context) => Promise<number>,
  {
    offline = false,
    startsNone = offline,
  }: { offline?: boolean | undefined; startsNone?: boolean | undefined } = {},
): Promise<number> {
  const chosen = offline ? undefined : await chooseHost(host, process.env);
  if (!chosen && !startsNone) await ensureEngine(program);
  const client = createClient({ host: chosen ?? `unix://${DEFAULT_SOCKET}` });
  const stop = new AbortController();
  const context: Context = {
    client,
    hostFlags: host,
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

function usage(out: NodeJS.WritableStream): number {
  const section = (title: string, names: readonly string[]): string => `\n${title}:\n  ${names.join(', ')}\n`;
  out.write(
    `\nUsage:  lade [OPTIONS] COMMAND\n\nA container engine that speaks Docker's language\n` +
      section('Commands', [...Object.keys(topLevel), 'compose', 'up', 'engine'].toSorted()) +
      section('Management commands', Object.keys(groups).toSorted()) +
      `\nOptions:\n${globalOptions.join('\n')}\n\nRun 'lade COMMAND --help' for more information on a command.\n`,
  );
  return 0;
}

const allWords = (): string[] => [
  ...Object.keys(topLevel),
  ...Object.keys(groups),
  'compose',
  'up',
  'engine',
];

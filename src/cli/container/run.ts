import { bool, text } from '../flags.ts';
import type { Hijacked } from '../../client/transport.ts';
import type { WaitAnswer } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { ExitError, startFailureStatus } from '../exit-code.ts';
import { createBody } from './create-body.ts';
import { createContainer, readFlags, refusal } from './create.ts';
import { UsageError } from '../usage-error.ts';
import { createFlags } from './create-flags.ts';

export const runFlags = {
  ...createFlags,
  detach: bool('Run container in background and print container ID', 'd'),
  'detach-keys': text('Override the key sequence for detaching a container'),
  failed: bool(
    'Run a shell in what the failed step of a build left: lade run --failed [BUILD] [COMMAND] [ARG...]',
  ),
  'sig-proxy': bool('Proxy received signals to the process (default true)'),
} as const;

export const command = defineCommand({
  summary: 'Create and run a new container from an image',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: runFlags,
  args: { min: 0 },
  interspersed: false,
  async run(context, flags, [image = '', ...args]) {
    if (flags.failed) {
      const { runFailedOf } = await import('../build/failed-shell.ts');
      return runFailedOf(context, image === '' ? [] : [image, ...args]);
    }
    if (image === '') throw new UsageError(`lade: 'lade run' requires at least 1 argument`, 1);
    const detach = flags.detach ?? false;
    if (detach && flags.attach.length > 0)
      throw new ExitError(1, 'conflicting options: cannot specify both --attach and --detach');
    if (flags.tty && flags.interactive && !detach && !context.in.isTTY)
      throw new ExitError(1, 'the input device is not a TTY');
    const body = readFlags('run', () => createBody(context, flags, image, args, detach));
    const id = await createContainer(context, flags, body).catch((error: unknown) => {
      throw refusal('run', error);
    });
    if (detach) {
      await start(context, id);
      print(context, id);
      return 0;
    }
    return runAttached(context, id, {
      tty: flags.tty ?? false,
      stdin: body.AttachStdin ?? false,
      stdout: body.AttachStdout ?? true,
      stderr: body.AttachStderr ?? true,
      remove: flags.rm ?? false,
      signals: flags['sig-proxy'] ?? true,
      detachKeys: flags['detach-keys'],
    });
  },
});

export interface AttachedRun {
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly remove: boolean;
  readonly signals: boolean;
  readonly detachKeys?: string | undefined;
  /** What is thrown when the container does not start; `docker run`'s words and status without. */
  readonly refuse?: (error: unknown) => ExitError;
}

/** Attaches to a created container, starts it, and returns its exit status when it ends (0 when the user detached). */
export async function runAttached(context: Context, id: string, options: AttachedRun): Promise<number> {
  const { containers } = context.client;
  const { tty, stdin, stdout, stderr, detachKeys } = options;
  const attaching = containers.attach(id, {
    stdin,
    stdout,
    stderr,
    ...(detachKeys !== undefined && { detachKeys }),
  });
  const terminal = import('../terminal.ts'); // while the engine is at work
  const attached = await attaching;
  const { followSize, proxySignals, runSession } = await terminal;
  const waiting = await containers.wait(id, options.remove ? 'removed' : 'next-exit');
  const unproxy = options.signals && !tty ? proxySignals((signal) => containers.kill(id, signal)) : () => {};
  const session = runSession(context, attached, { tty, stdin, detachKeys });
  session.catch(() => {}); // told below; a failed start comes first
  let unfollow = (): void => {};
  try {
    await startAttached(context, id, attached, session, options.refuse ?? startFailure);
    unfollow = tty ? followSize(context, (size) => containers.resize(id, size)) : unfollow;
    if ((await session) === 'detached') return 0;
    return await statusOf(waiting.done);
  } finally {
    unfollow();
    unproxy();
  }
}

async function startAttached(
  context: Context,
  id: string,
  attached: Hijacked,
  session: Promise<unknown>,
  refuse: (error: unknown) => ExitError,
): Promise<void> {
  try {
    await context.client.containers.start(id);
  } catch (error) {
    attached.socket.destroy();
    await session.catch(() => {});
    throw refuse(error);
  }
}

async function start(context: Context, id: string): Promise<void> {
  try {
    await context.client.containers.start(id);
  } catch (error) {
    throw startFailure(error);
  }
}

const startFailure = (error: unknown): ExitError => refusal('run', error, startFailureStatus(error));

async function statusOf(done: Promise<WaitAnswer>): Promise<number> {
  const { StatusCode, Error: failure } = await done;
  if (failure?.Message) throw new ExitError(125, failure.Message);
  return StatusCode;
}

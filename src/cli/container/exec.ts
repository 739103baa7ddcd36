import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { errorLine, ExitError, startFailureStatus } from '../exit-code.ts';
import { bool, list, text } from '../flags.ts';
import { readEnv } from '../key-values.ts';

export const command = defineCommand({
  summary: 'Execute a command in a running container',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  flags: {
    detach: bool('Detached mode: run command in the background', 'd'),
    'detach-keys': text('Override the key sequence for detaching a container'),
    env: list('Set environment variables', 'e'),
    'env-file': list('Read in a file of environment variables'),
    interactive: bool('Keep STDIN open even if not attached', 'i'),
    privileged: bool('Give extended privileges to the command'),
    tty: bool('Allocate a pseudo-TTY', 't'),
    user: text('Username or UID (format: "<name|uid>[:<group|gid>]")', 'u'),
    workdir: text('Working directory inside the container', 'w'),
  },
  args: { min: 2 },
  interspersed: false,
  async run(context, flags, [name = '', ...cmd]) {
    const { containers } = context.client;
    const tty = flags.tty ?? false;
    const detach = flags.detach ?? false;
    const stdin = (flags.interactive ?? false) && !detach;
    if (tty && stdin && !context.in.isTTY) throw new ExitError(1, 'the input device is not a TTY');
    const { rows, columns } = context.out;
    const created = containers.execCreate(name, {
      AttachStdin: stdin,
      AttachStdout: !detach,
      AttachStderr: !detach,
      Tty: tty,
      Cmd: cmd,
      Env: readEnv(flags['env-file'], flags.env, context.env),
      Privileged: flags.privileged ?? false,
      User: flags.user ?? '',
      WorkingDir: flags.workdir ?? '',
      DetachKeys: flags['detach-keys'] ?? '',
      ...(tty && rows && columns && { ConsoleSize: [rows, columns] as [number, number] }),
    });
    const terminal = detach ? undefined : import('../terminal.ts'); // while the engine is at work
    const { Id } = await created;
    if (!terminal) {
      await containers.execStartDetached(Id).catch(fail);
      return 0;
    }
    const { followSize, runSession } = await terminal;
    const hijacked = await containers.execStart(Id, { Tty: tty }).catch(fail);
    const unfollow = tty ? followSize(context, (size) => containers.execResize(Id, size)) : () => {};
    try {
      if (
        (await runSession(context, hijacked, { tty, stdin, detachKeys: flags['detach-keys'] })) === 'detached'
      ) {
        print(context, '');
        return 0;
      }
    } finally {
      unfollow();
    }
    return (await containers.execInspect(Id)).ExitCode ?? 0;
  },
});

function fail(error: unknown): never {
  const status = startFailureStatus(error);
  throw new ExitError(status === 125 ? 1 : status, errorLine(error));
}

import { command as containerExec } from '../container/exec.ts';
import { ExitError } from '../exit-code.ts';
import { bool, int, list, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { projectNameOf, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Execute a command in a running container',
  usage: '[OPTIONS] SERVICE COMMAND [ARGS...]',
  flags: {
    detach: bool('Detached mode: Run command in the background', 'd'),
    env: list('Set environment variables', 'e', 'stringArray'),
    index: int('Index of the container if service has multiple replicas'),
    interactive: { ...bool('Keep STDIN open even if not attached', 'i'), hidden: true },
    'no-TTY': { ...bool('As --no-tty'), hidden: true },
    'no-tty': bool('Disable pseudo-TTY allocation. By default `lade compose exec` allocates a TTY.', 'T'),
    privileged: bool('Give extended privileges to the process'),
    tty: { ...bool('Allocate a pseudo-TTY', 't'), hidden: true },
    user: text('Run the command as this user', 'u'),
    workdir: text('Path to workdir directory for this command', 'w'),
  },
  args: { min: 2 },
  interspersed: false,
  async run(context, flags, [service = '', ...cmd]) {
    const { Id } = await serviceContainer(context, projectNameOf(context), service, {
      index: flags.index,
      oneOffs: true,
    });
    if (context.globals['dry-run'] && !flags.detach)
      throw new ExitError(1, 'interactive exec is not supported in dry-run mode');
    const noTty = flags['no-tty'] ?? flags['no-TTY'] ?? flags.tty === false;
    const tty = !noTty && context.in.isTTY === true && context.out.isTTY === true && !flags.detach;
    return containerExec.run(
      context,
      {
        detach: flags.detach,
        'detach-keys': undefined,
        env: flags.env,
        'env-file': [],
        interactive: flags.interactive ?? true,
        privileged: flags.privileged,
        tty,
        user: flags.user,
        workdir: flags.workdir,
      },
      [Id, ...cmd],
    );
  },
});

import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { checkpointDirectory } from '../checkpoint/directory.ts';
import { bool, given, text } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';
import { runAttached } from './run.ts';
import { ignoreUnchanged, isUnchanged } from './stopping.ts';

export const command = defineCommand({
  summary: 'Start one or more stopped containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    checkpoint: text('Restore from this checkpoint'),
    'checkpoint-dir': checkpointDirectory,
    attach: bool('Attach STDOUT/STDERR and forward signals', 'a'),
    'detach-keys': text('Override the key sequence for detaching a container'),
    interactive: bool("Attach container's STDIN", 'i'),
  },
  args: { min: 1 },
  async run(context, flags, names) {
    const { containers } = context.client;
    const { checkpoint } = flags;
    if (!flags.attach && !flags.interactive && checkpoint === undefined) return startAll(context, names);
    const [name = '', ...others] = names;
    if (others.length > 0)
      throw new ExitError(
        1,
        checkpoint === undefined
          ? 'you cannot start and attach multiple containers at once'
          : 'you cannot restore multiple containers at once',
      );
    if (checkpoint !== undefined) {
      if (!(await context.client.system.version()).Experimental)
        throw new ExitError(
          1,
          '"--checkpoint" is only supported on a Docker daemon with experimental features enabled',
        );
      await containers.start(name, { checkpoint, ...given('checkpointDir', flags['checkpoint-dir']) });
      return 0;
    }
    const { Id, Config, HostConfig } = await containers.inspect(name);
    return runAttached(context, Id, {
      tty: Config.Tty ?? false,
      stdin: (flags.interactive ?? false) && (Config.OpenStdin ?? false),
      stdout: true,
      stderr: true,
      remove: HostConfig.AutoRemove ?? false,
      signals: true,
      detachKeys: flags['detach-keys'],
    });
  },
});

async function startAll(context: Context, names: readonly string[]): Promise<number> {
  const failed: string[] = [];
  const status = await forEachTarget(context, names, (name) =>
    context.client.containers.start(name).catch((error: unknown) => {
      if (!isUnchanged(error)) failed.push(name);
      return ignoreUnchanged(error);
    }),
  );
  const wrong = names.filter((name) => failed.includes(name));
  if (wrong.length > 0) context.err.write(`Error: failed to start containers: ${wrong.join(', ')}\n`);
  return status;
}
